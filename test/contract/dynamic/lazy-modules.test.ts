import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { quickStart } from '../../../commands/fleet/quick-start.ts';

const requireNode = fileURLToPath(new URL('../../../provider/dynamic/require-node.cjs', import.meta.url));
const pulumi = createRequire(import.meta.url).resolve('@pulumi/pulumi');
const pulumisScript = '@pulumi/pulumi/cmd/run/index.js';

/** How a Node begins below an engine: told by Pulumi.yaml, or by a fleet. */
const byProject = { NODE_OPTIONS: `--require ${JSON.stringify(requireNode)}` };
const byFleet = quickStart({});

describe('what @pulumi/pulumi loads for those who store functions', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(path.join(tmpdir(), 'lazy-modules-'));
  });
  afterEach(() => {
    rmSync(directory, { recursive: true });
  });

  /** Runs a script that loads @pulumi/pulumi; gives what it printed as JSON. */
  function run(text: string, name = pulumisScript, begin: Readonly<Record<string, string>> = byProject): unknown {
    const script = path.join(directory, name);
    mkdirSync(path.dirname(script), { recursive: true });
    const loaded = `const loaded = (text) => Object.keys(require.cache).some((file) => file.startsWith('/') && file.includes(text));`;
    writeFileSync(script, `const pulumi = require(${JSON.stringify(pulumi)});\n${loaded}\n${text}`);
    const env = { PATH: process.env['PATH'], XDG_CACHE_HOME: directory, ...begin };
    return JSON.parse(execFileSync(process.execPath, [script], { encoding: 'utf8', env }));
  }

  test.each<[string, string, Readonly<Record<string, string>>, boolean]>([
    ['is not loaded before, in a program', pulumisScript, byProject, false],
    ['is not loaded before, below a fleet', pulumisScript, byFleet, false],
    ['is loaded as ever by a script that is not of Pulumi', 'own/index.js', byFleet, true],
  ])('%s', (_name, script, begin, atOnce) => {
    const names = ['/@npmcli/arborist/lib/', '/typescript/lib/', '/pulumi/automation/'];
    const text = `console.log(JSON.stringify(${JSON.stringify(names)}.map(loaded)))`;
    expect(run(text, script, begin)).toEqual([atOnce, atOnce, atOnce]);
  });

  test('is there when a function is stored', () => {
    const text = `pulumi.runtime.serializeFunction(() => 1).then(({ text }) => console.log(JSON.stringify([text, loaded('/typescript/lib/')])))`;
    expect(run(text)).toEqual([expect.stringContaining('return () => 1'), true]);
  });

  test('is there when its packages are looked for', () => {
    const dependency = path.join(directory, 'node_modules/needed');
    mkdirSync(dependency, { recursive: true });
    writeFileSync(path.join(dependency, 'package.json'), '{ "name": "needed", "version": "1.0.0" }');
    writeFileSync(path.join(directory, 'package.json'), '{ "name": "own", "dependencies": { "needed": "1.0.0" } }');
    const text = `pulumi.runtime.computeCodePaths().then((paths) => console.log(JSON.stringify([[...paths.keys()], loaded('/@npmcli/arborist/lib/')])))`;
    expect(run(`process.chdir(${JSON.stringify(directory)});\n${text}`)).toEqual([['node_modules/needed'], true]);
  });

  test('is there for a program that automates others', () => {
    expect(run('console.log(JSON.stringify(typeof pulumi.automation.LocalWorkspace.create))')).toBe('function');
  });

  test('is there for a program that looks through it, or puts something of its own into it', () => {
    const text = `const { LocalWorkspace, ...others } = pulumi.automation;
      pulumi.automation.own = 1;
      console.log(JSON.stringify(['Stack' in pulumi.automation, 'Stack' in others, pulumi.automation.own]));`;
    expect(run(text)).toEqual([true, true, 1]);
  });

  test('is required by a stored function that refers to it', () => {
    const text = `const { automation } = pulumi;
      pulumi.runtime.serializeFunction(() => automation.Stack).then(({ text }) => console.log(JSON.stringify(text)));`;
    expect(run(text)).toContain('const automation = require("@pulumi/pulumi/automation/index.js");');
  });

  test('takes no hooks of Node for modules, which up to 24.11 leave those that a program imports without require.cache', () => {
    const noHooks = path.join(directory, 'no-hooks.cjs');
    const refusal = `() => { throw new Error('a hook') }`;
    writeFileSync(noHooks, `Object.assign(require('module'), { register: ${refusal}, registerHooks: ${refusal} })`);
    const begin = { NODE_OPTIONS: `--require ${JSON.stringify(noHooks)} ${byProject.NODE_OPTIONS}` };
    expect(run(`console.log(JSON.stringify(loaded('/typescript/lib/')))`, pulumisScript, begin)).toBe(false);
  });

  test('is what it always was for others who ask for it', () => {
    const from = `require('module').createRequire(${JSON.stringify(import.meta.filename)})`;
    const text = `const names = Object.keys(${from}('typescript'));
      console.log(JSON.stringify([typeof ${from}('@npmcli/arborist'), names.includes('createProgram')]));`;
    expect(run(text)).toEqual(['function', true]);
  });
});
