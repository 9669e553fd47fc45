import { open, rm } from 'node:fs/promises';
import path from 'node:path';
import { run } from '../../lab/run.ts';

const sizeMebibytes = 2560;

/** Gives `work` a loop device over a file on the disk, past the page cache, and takes it away at the end. */
export async function withDevice<T>(folder: string, work: (device: string) => Promise<T>): Promise<T> {
  const file = path.join(folder, `card-${String(process.pid)}`);
  try {
    await fillWithZeros(file);
    const { stdout: device } = await run(['losetup', '--show', '--find', '--direct-io=on', file]);
    try {
      return await work(device);
    } finally {
      await run(['losetup', '--detach', device]);
    }
  } finally {
    await rm(file, { force: true });
  }
}

/** So that no contestant pays for the file system's finding room for the file. */
async function fillWithZeros(path: string): Promise<void> {
  const file = await open(path, 'w');
  try {
    const piece = Buffer.alloc(16 * 1024 * 1024);
    for (let written = 0; written < sizeMebibytes * 1024 * 1024; written += piece.length) await file.write(piece);
    await file.sync();
  } finally {
    await file.close();
  }
}
