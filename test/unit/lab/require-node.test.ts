import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';

const project = path.join(import.meta.dirname, '../../..');
const requireNode = path.join(project, 'provider/dynamic/require-node.cjs');

/** Runs it as a Node of that version would. */
function runAs(version: string) {
  const pretend = `Object.defineProperty(process.versions, 'node', { value: ${JSON.stringify(version)} }); require(${JSON.stringify(requireNode)});`;
  return spawnSync(process.execPath, ['--eval', pretend], { encoding: 'utf8' });
}

describe('an old Node', () => {
  test.each(['20.20.2', '22.17.1', '18.20.0'])('%s is refused, and told what to do', (version) => {
    const { status, stderr } = runAs(version);
    expect(status).toBe(1);
    expect(stderr).toContain('needs Node.js 22.18 or newer');
    expect(stderr).toContain(`this is Node.js ${version}`);
    expect(stderr).toContain('what to do: install Node.js 24');
  });

  test.each(['22.18.0', '24.21.0', '25.0.0'])('%s is not', (version) => {
    expect(runAs(version)).toMatchObject({ status: 0, stderr: '' });
  });

  test('the Node of this system gets what its version deserves: the file is in syntax that every Node understands', () => {
    const systemNode = existsSync('/usr/bin/node') ? '/usr/bin/node' : process.execPath;
    const [major = 0] = execFileSync(systemNode, ['--version'], { encoding: 'utf8' }).slice(1).split('.').map(Number);
    const { status, stderr } = spawnSync(systemNode, ['--require', requireNode, '--eval', ''], { encoding: 'utf8' });
    expect({ status, refused: stderr.includes('needs Node.js 22.18') }).toEqual(
      major < 22 ? { status: 1, refused: true } : { status: 0, refused: false },
    );
  });
});
