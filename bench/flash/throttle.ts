import { mkdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import path from 'node:path';

/**
 * Gives `work` a control group whose processes write to a device no faster than this, and takes it away at the end.
 * Loop devices take such a limit only for direct writes.
 */
export async function withThrottle<T>(
  { device, bytesPerSecond }: Throttle,
  work: (group: string) => Promise<T>,
): Promise<T> {
  const group = path.join('/sys/fs/cgroup/blkio', `flash-bench-${String(process.pid)}`);
  await mkdir(group);
  try {
    const number = (await readFile(`/sys/block/${path.basename(device)}/dev`, 'utf8')).trim();
    await writeFile(path.join(group, 'blkio.throttle.write_bps_device'), `${number} ${String(bytesPerSecond)}`);
    return await work(group);
  } finally {
    await rmdir(group);
  }
}

export interface Throttle {
  /** For example `/dev/loop0` */
  readonly device: string;
  readonly bytesPerSecond: number;
}
