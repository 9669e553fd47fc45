import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { whyUnprotectedScript } from '../../../provider/activation/reboot-script.ts';

// stat answers as on the Pi in question: FS_<path> in the environment is the kind of file system that a path is on.
const fakeStat = `#!/bin/sh
for path in "$@"; do :; done
eval "echo \\$FS_$(printf '%s' "$path" | tr -c 'a-z' '_')"
`;

describe('why a reboot cannot be watched over', () => {
  let directory: string;

  beforeAll(() => {
    directory = mkdtempSync(path.join(tmpdir(), 'unprotected-'));
    writeFileSync(path.join(directory, 'stat'), fakeStat);
    chmodSync(path.join(directory, 'stat'), 0o755);
    for (const system of ['plain', 'overlay']) mkdirSync(path.join(directory, system));
    writeFileSync(path.join(directory, 'overlay/etc-metadata-image'), '');
  });

  afterAll(() => {
    rmSync(directory, { recursive: true });
  });

  test.each([
    { etc: 'ext2/ext3', varLib: 'ext2/ext3', system: 'plain', why: '' },
    { etc: 'ext2/ext3', varLib: 'ext2/ext3', system: 'not-there-yet', why: '' },
    {
      etc: 'tmpfs',
      varLib: 'ext2/ext3',
      system: 'plain',
      why: 'it keeps no changes of /etc or /var/lib over a reboot',
    },
    {
      etc: 'ext2/ext3',
      varLib: 'tmpfs',
      system: 'plain',
      why: 'it keeps no changes of /etc or /var/lib over a reboot',
    },
    { etc: 'ext2/ext3', varLib: 'btrfs', system: 'overlay', why: 'the new system mounts its /etc in another way' },
    // Without /.rw-etc, as on the machine that runs this.
    { etc: 'overlayfs', varLib: 'ext2/ext3', system: 'overlay', why: 'its /etc is read-only' },
  ])('/etc on $etc, /var/lib on $varLib, a $system system: "$why"', ({ etc, varLib, system, why }) => {
    const said = execFileSync('sh', ['-c', whyUnprotectedScript, 'why', path.join(directory, system)], {
      encoding: 'utf8',
      env: { PATH: `${directory}:${process.env['PATH'] ?? ''}`, FS__etc: etc, FS__var_lib: varLib },
    });
    expect(said.trim()).toBe(why);
  });
});
