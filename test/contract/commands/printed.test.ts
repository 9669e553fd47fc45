import path from 'node:path';
import { expect, test } from '@jest/globals';
import { execa } from 'execa';

const commands = path.join(import.meta.dirname, '../../../commands');
const words = '##[error]no\u202E';

test.each([
  ['cards', ['verify', '--device', '/dev/loop0', '--image', words]],
  ['pi', ['adopt', words]],
])('npm run %s prints what it was told as no command to a CI, and turns no direction', async (command, args) => {
  const { stderr, exitCode } = await execa(process.execPath, [path.join(commands, command, 'main.ts'), ...args], {
    reject: false,
  });
  expect([exitCode, stderr]).toEqual([1, expect.stringContaining('# #[error]no ')]);
});
