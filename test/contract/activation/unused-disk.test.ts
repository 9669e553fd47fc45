import { mkdir } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { growCommands, parseUnusedDisk, unusedDiskScript } from '../../../provider/activation/unused-disk.ts';
import { run } from '../../../provider/process/run.ts';
import { makeImage, Workbench } from '../card/cards.ts';

jest.setTimeout(120_000);

const mebibyte = 1024 * 1024;
const nothing = { disk: '', diskBytes: 0, partition: '', number: 0, fileSystemBytes: 0 };

/** A card of which the image that was flashed to it, of 32 MiB, takes the beginning; its last partition is mounted. */
describe('a card that is larger than its image', () => {
  let bench: Workbench;
  let folder: string;
  const inserted: (() => Promise<unknown>)[] = [];
  beforeEach(async () => {
    bench = await Workbench.make();
    await makeImage(bench);
    folder = bench.path('mounted');
    await mkdir(folder);
  });
  afterEach(async () => {
    for (const undo of inserted.splice(0).reverse()) await undo();
    await bench.remove();
  });

  async function insert(sizeMebibytes: number): Promise<string> {
    const disk = await bench.card('pi.img', sizeMebibytes);
    // Not every kernel looks for partitions on a loop device (`--partscan`).
    await run('partx', ['--add', disk]);
    inserted.push(() => run('partx', ['--delete', disk]));
    await run('mount', [`${disk}p2`, folder]);
    inserted.push(() => run('umount', [folder]));
    return disk;
  }

  const look = async (at = folder) =>
    parseUnusedDisk((await run('sh', ['-c', unusedDiskScript, 'partition', at])).stdout);

  test('has room that is not used, until the partition and its file system are grown', async () => {
    const disk = await insert(256);
    const unused = await look();
    expect(unused).toEqual({
      disk,
      diskBytes: 256 * mebibyte,
      partition: `${disk}p2`,
      number: 2,
      fileSystemBytes: expect.any(Number),
    });
    expect(unused?.fileSystemBytes).toBeLessThan(22 * mebibyte);
    // Root needs no sudo, and in a container may not resize what is mounted.
    const [grow = '', resize] = growCommands(unused ?? nothing)
      .replaceAll('sudo ', '')
      .split(' && resize2fs ');
    await run('sh', ['-c', grow]);
    await run('umount', [folder]);
    await run('e2fsck', ['-fp', `${disk}p2`]);
    await run('resize2fs', [resize ?? '']);
    await run('mount', [`${disk}p2`, folder]);
    expect(await look()).toBeUndefined();
  });

  test('where only the file system was not grown', async () => {
    const disk = await insert(256);
    await run('sh', ['-c', `echo ,+, | sfdisk --no-reread -N2 ${disk} && partx -u ${disk}`]);
    expect((await look())?.partition).toBe(`${disk}p2`);
  });

  test('but another partition is behind it', async () => {
    const disk = await insert(256);
    await run('sh', ['-c', `echo 'start=100MiB, size=8MiB' | sfdisk --no-reread --append ${disk} && partx -u ${disk}`]);
    expect(await look()).toBeUndefined();
  });

  test('a folder of a file system without a disk', async () => {
    expect(await look('/proc')).toBeUndefined();
  });
});
