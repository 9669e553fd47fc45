import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';

const quickStart = fileURLToPath(new URL('../../../provider/dynamic/quick-start.cjs', import.meta.url));
const pulumi = createRequire(import.meta.url).resolve('@pulumi/pulumi');

describe('what @pulumi/pulumi loads for those who store functions', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(path.join(tmpdir(), 'lazy-modules-'));
  });
  afterEach(() => {
    rmSync(directory, { recursive: true });
  });

  /** Runs a script where Pulumi has its own, in a Node that begins as a program does; gives what it printed as JSON. */
  function run(text: string): unknown {
    const script = path.join(directory, '@pulumi/pulumi/cmd/run/index.js');
    mkdirSync(path.dirname(script), { recursive: true });
    const loaded = `const loaded = (text) => Object.keys(require.cache).some((file) => file.startsWith('/') && file.includes(text));`;
    writeFileSync(script, `const pulumi = require(${JSON.stringify(pulumi)});\n${loaded}\n${text}`);
    const env = { PATH: process.env['PATH'], XDG_CACHE_HOME: directory };
    return JSON.parse(execFileSync(process.execPath, ['--require', quickStart, script], { encoding: 'utf8', env }));
  }

  test('is not loaded before', () => {
    const names = ['/@npmcli/arborist/lib/', '/typescript/lib/', '/pulumi/automation/'];
    expect(run(`console.log(JSON.stringify(${JSON.stringify(names)}.map(loaded)))`)).toEqual([false, false, false]);
  });

  test('is there when a function is stored', () => {
    const text = `pulumi.runtime.serializeFunction(() => 1).then(({ text }) => console.log(JSON.stringify([text, loaded('/typescript/lib/')])))`;
    expect(run(text)).toEqual([expect.stringContaining('return () => 1'), true]);
  });

  test('is there when its packages are looked for', () => {
    const text = `pulumi.runtime.computeCodePaths().then((paths) => console.log(JSON.stringify([paths.size > 0, loaded('/@npmcli/arborist/lib/')])))`;
    writeFileSync(path.join(directory, 'package.json'), '{ "name": "own", "dependencies": {} }');
    expect(run(`process.chdir(${JSON.stringify(directory)});\n${text}`)).toEqual([expect.anything(), true]);
  });

  test('is there for a program that automates others', () => {
    expect(run('console.log(JSON.stringify(typeof pulumi.automation.LocalWorkspace.create))')).toBe('function');
  });

  test('is what it always was for others who ask for it', () => {
    const from = `require('module').createRequire(${JSON.stringify(pulumi)})`;
    const text = `const Arborist = ${from}('@npmcli/arborist');
      console.log(JSON.stringify([Arborist.name, ${from}('typescript').SyntaxKind.ArrowFunction > 0]));`;
    expect(run(text)).toEqual(['Arborist', true]);
  });
});
