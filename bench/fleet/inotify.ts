import { readFile, writeFile } from 'node:fs/promises';

const setting = '/proc/sys/fs/inotify/max_user_instances';

/** So many of inotify's instances a systemd takes, with what it runs. */
const instancesOfPi = 8;

/** The kernel's usual 128 inotify instances for a user are too few for twenty systemds; while `work` runs there are more. */
export async function withInotifyFor<T>(pis: number, work: () => Promise<T>): Promise<T> {
  const before = await readFile(setting, 'utf8');
  await writeFile(setting, String(Math.max(Number(before), 128 + pis * instancesOfPi)));
  try {
    return await work();
  } finally {
    await writeFile(setting, before);
  }
}
