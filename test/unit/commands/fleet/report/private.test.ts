import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { writePrivately } from '../../../../../commands/fleet/report/write.ts';

test('a report is for its user alone, also in place of a file that all may read', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'report-'));
  try {
    const file = path.join(folder, 'fleet-report.html');
    await writeFile(file, 'an older and longer one');
    await chmod(file, 0o644);
    await writePrivately(file, 'page');
    expect([await readFile(file, 'utf8'), (await stat(file)).mode & 0o777]).toEqual(['page', 0o600]);
  } finally {
    await rm(folder, { recursive: true });
  }
});
