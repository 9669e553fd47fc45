import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, expect, test } from '@jest/globals';

const directory = mkdtempSync(path.join(tmpdir(), 'nixos-pi-unread-'));

afterAll(() => {
  rmSync(directory, { recursive: true });
});

// It lists a stack when it is told to go on.
const pulumi = `#!/bin/sh
case "$2" in
  ls) until [ -e '${directory}/go-on' ]; do sleep 0.05; done; echo '[{ "name": "kitchen" }]' ;;
  *) echo '{ "version": 3, "deployment": {} }' ;;
esac
`;

test('a run that nobody reads any more is brought to its end, as after one Ctrl-C', async () => {
  const program = spawn(process.execPath, [path.join(import.meta.dirname, 'unread-program.ts')]);
  const said = text(program.stderr);
  await once(program.stdout, 'data');
  program.stdout.destroy();
  const [code] = (await once(program, 'close')) as [number];
  expect([code, await said]).toEqual([0, 'interrupted 1 time\n']);
});

test('when nobody reads the last lines, the exit code tells so', async () => {
  writeFileSync(path.join(directory, 'pulumi'), pulumi, { mode: 0o755 });
  const main = path.join(import.meta.dirname, '../../../commands/fleet/main.ts');
  const env = { ...process.env, PATH: `${directory}:${process.env['PATH'] ?? ''}`, XDG_CACHE_HOME: directory };
  const program = spawn(process.execPath, [main, 'status'], {
    cwd: directory,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  program.stdout.destroy();
  writeFileSync(path.join(directory, 'go-on'), '');
  const [code] = (await once(program, 'close')) as [number];
  expect(code).toBe(130);
});
