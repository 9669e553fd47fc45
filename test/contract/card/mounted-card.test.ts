import { copyFile, mkdir, mkdtemp, readdir, rmdir } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type AwaitedCard, lookAtReader, waitForCard } from '../../../provider/card/card-reader.ts';
import { readDeviceFacts } from '../../../card-writer/device-facts.ts';
import { run } from '../../../provider/process/run.ts';
import { Workbench, recorder } from './cards.ts';

let bench: Workbench;
let device: string;
let mounted: string;
beforeEach(async () => {
  bench = await Workbench.make();
  device = await bench.card('card', 40);
  // Where a desktop does.
  await mkdir('/run/media', { recursive: true });
  mounted = await mkdtemp('/run/media/card-');
  await run('mkfs.ext4', ['-q', device]);
  await run('mount', [device, mounted]);
});
afterEach(async () => {
  await bench.remove();
  await rmdir(mounted);
});

const wanted = (insertTimeoutSeconds: number): AwaitedCard => ({
  ...{ device, allow: ['loop'], maximumSizeBytes: 300e9, imageSizeBytes: 1, insertTimeoutSeconds },
});

test('a card that the desktop has mounted is waited for until somebody unmounts it', async () => {
  let unmounted: Promise<unknown> | undefined;
  const watch = recorder(() => void (unmounted ??= run('umount', [mounted])));
  const facts = await waitForCard(watch, wanted(30)).finally(() => unmounted ?? run('umount', [mounted]));
  expect(facts.mounts).toEqual([]);
  expect(watch.lines).toEqual([
    `waiting for the card in ${device}, which is mounted at ${mounted}: unmount it (not eject), \`udisksctl unmount -b ${device}\``,
  ]);
});

test('where nobody does, it is refused when the time is over, and says how', async () => {
  const refused = waitForCard(recorder(), wanted(1)).finally(() => run('umount', [mounted]));
  await expect(refused).rejects.toThrow(`is mounted at ${mounted}. Unmount it first, without ejecting it: \`udisksctl`);
});

test('one that may not be erased for another reason, too, is refused at once', async () => {
  const refused = waitForCard(recorder(), { ...wanted(3600), serial: 'x' }).finally(() => run('umount', [mounted]));
  await expect(refused).rejects.toThrow(/is mounted at [^]*no serial number/);
});

test('one that appears is looked at once more: the desktop mounts it a moment later', async () => {
  await run('umount', [mounted]);
  await copyFile(bench.path('card'), bench.path('next'));
  let happened: Promise<unknown> | undefined;
  const appears = async (): Promise<void> => {
    await bench.exchange(device, 'next', 40);
    await sleep(700);
    await run('mount', [device, mounted]);
  };
  const watch = recorder((message) => {
    happened = message.includes('put in the next') ? appears() : run('umount', [mounted]);
  });
  const { diskSequence } = await readDeviceFacts(device);
  expect((await waitForCard(watch, wanted(30), diskSequence)).mounts).toEqual([]);
  await happened;
  expect(watch.lines.map((line) => /put in the next|unmount it/.exec(line)?.[0])).toEqual([
    'put in the next',
    'unmount it',
  ]);
});

test('a reader that has no card in it is no error', async () => {
  await run('umount', [mounted]);
  // The one that is taken last by whoever looks for a free one.
  const numbers = (await readdir('/sys/block')).map((name) => /^loop(\d+)$/.exec(name)?.[1]).filter(Boolean);
  const empty = `/dev/loop${String(Math.max(...numbers.map(Number)))}`;
  expect(await lookAtReader(empty)).toBeUndefined();
});
