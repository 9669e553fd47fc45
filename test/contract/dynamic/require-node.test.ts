import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';

const file = fileURLToPath(new URL('../../../provider/dynamic/require-node.cjs', import.meta.url));

/** Runs a line of JavaScript in a Node of its own. */
const runLine = (text: string) => spawnSync(process.execPath, ['-e', text], { encoding: 'utf8' });

/** Loads the check in a Node that says it is another version. */
function loadAs(version: string) {
  const versions = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${version}' } });`;
  return runLine(`${versions} require(${JSON.stringify(file)});`);
}

describe('a Node that', () => {
  test.each(['18.20.0', '18.20.8', '20.20.2', '22.0.0', '22.17.1', '23.5.0'])(
    'cannot run TypeScript (%s) gets one clear error',
    (version) => {
      const { status, stdout, stderr } = loadAs(version);
      expect([status, stdout]).toEqual([1, '']);
      expect(stderr).toContain(
        `pulumi-nixos-pi needs Node.js 22.18 or newer, which runs TypeScript itself; this is Node.js ${version} (`,
      );
      expect(stderr).toContain('what to do: install Node.js 24');
    },
  );

  test.each(['22.18.0', '22.20.1', '23.6.0', '24.0.0', '24.21.0', '25.0.0', '100.0.0'])(
    'can (%s) is not bothered',
    (version) => {
      expect(loadAs(version)).toMatchObject({ status: 0, stdout: '', stderr: '' });
    },
  );

  test('is of this system, of whatever version, gets what that deserves: the file is in syntax that every Node understands', () => {
    const systemNode = existsSync('/usr/bin/node') ? '/usr/bin/node' : process.execPath;
    const [major = 0] = execFileSync(systemNode, ['--version'], { encoding: 'utf8' }).slice(1).split('.').map(Number);
    const { status, stderr } = spawnSync(systemNode, ['--require', file, '--eval', ''], { encoding: 'utf8' });
    expect({ status, refused: stderr.includes('needs Node.js 22.18') }).toEqual(
      major < 22 ? { status: 1, refused: true } : { status: 0, refused: false },
    );
  });
});

test('a program gets nothing before it that an older Node would refuse', () => {
  const nodeargs = /nodeargs: '(.*)'/.exec(
    readFileSync(fileURLToPath(new URL('../../../Pulumi.yaml', import.meta.url)), 'utf8'),
  );
  expect(nodeargs?.[1]).toBe('--require=./provider/dynamic/require-node.cjs');
});

test('of its warnings only that of a package about fs.Stats is not shown', () => {
  const isShown = (first: string, about: string) =>
    runLine(`${first} process.emitWarning('beware', 'DeprecationWarning', '${about}');`).stderr.includes('beware');
  const loaded = `require(${JSON.stringify(file)});`;
  expect([isShown('', 'DEP0180'), isShown(loaded, 'DEP0180'), isShown(loaded, 'DEP0001')]).toEqual([true, false, true]);
  expect(runLine(`${loaded} new (require('fs').Stats)();`).stderr).toBe('');
});

test('stack traces are not looked up in source maps by the library that @pulumi/pulumi installs', () => {
  const asks = createRequire(import.meta.url).resolve('@pulumi/pulumi/cmd/run');
  const asPulumi = `require('module').createRequire(${JSON.stringify(asks)})('source-map-support/register');`;
  const isMapped = (first: string) =>
    runLine(
      `const { prepareStackTrace } = Error; ${first} ${asPulumi} console.log(Error.prepareStackTrace !== prepareStackTrace);`,
    );
  expect(isMapped('').stdout).toBe('true\n');
  expect(isMapped(`require(${JSON.stringify(file)});`).stdout).toBe('false\n');
});

test.each([
  ['this Node', ''],
  ['one as Node 23.6', `delete require('module').setSourceMapsSupport;`],
])('an error of a program that was compiled stands in the lines of its TypeScript, with %s', (_name, older) => {
  const directory = mkdtempSync(path.join(tmpdir(), 'compiled-'));
  try {
    const map = { version: 3, sources: ['index.ts'], names: [], mappings: ';;AAAA' };
    const comment = `//# sourceMappingURL=data:application/json;base64,${Buffer.from(JSON.stringify(map)).toString('base64')}`;
    const program = path.join(directory, 'index.cjs');
    writeFileSync(program, `const before = 1;\n\nconsole.log(new Error('its own').stack);\n${comment}\n`);
    const first = path.join(directory, 'first.cjs');
    writeFileSync(first, older);
    const preloaded = [first, file, 'source-map-support/register'].flatMap((each) => ['--require', each]);
    const said = execFileSync(process.execPath, [...preloaded, program], { encoding: 'utf8' });
    expect(said).toContain(`${path.join(directory, 'index.ts')}:1:`);
  } finally {
    rmSync(directory, { recursive: true });
  }
});
