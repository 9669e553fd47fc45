import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, open, readFile, writeFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { ClaimedDevice } from '../../../card-writer/claimed-device.ts';
import { readDeviceFacts } from '../../../card-writer/device-facts.ts';
import { inspectCard, writeCard } from '../../../provider/card/card-writer.ts';
import { flashedCard } from '../../../provider/handlers/flashed-card.ts';
import { run } from '../../../provider/process/run.ts';
import { Workbench, cardToWrite, inputsFor, makeImage, recorder } from './cards.ts';

jest.setTimeout(120_000);

const sector = 512;

let bench: Workbench;
let image: string;
let device: string;
/** A sector in a file of the image, which nothing changes after the image was written. */
let position: number;
let content: Buffer;
beforeEach(async () => {
  bench = await Workbench.make();
  image = await makeImage(bench);
  device = await bench.card('card', 40);
  const plain = await readFile(bench.path('pi.img'));
  position = Math.ceil(plain.indexOf('NixOS'.repeat(1000)) / sector) * sector;
  content = plain.subarray(position, position + sector);
});
afterEach(() => bench.remove());

/** Does something while a flash waits for the second half of its image. */
async function inTheMiddle(act: () => Promise<void>): Promise<void> {
  const inputs = await inputsFor(device, image);
  await zstdThatWaits();
  const flash = flashedCard.create(recorder(), inputs);
  flash.catch(() => undefined);
  try {
    while (!(await onCard()).equals(content)) await Promise.race([pause(20), flash]);
    await act();
  } finally {
    await writeFile(bench.path('go'), '');
    await Promise.allSettled([flash]);
  }
  await flash;
}

/** A `zstd` before the real one on the PATH, which goes on after 20 MiB when it may. */
async function zstdThatWaits(): Promise<void> {
  const before = process.env['PATH'] ?? '';
  const { stdout: zstd } = await run('which', ['zstd']);
  // Or until it is ended itself, by a reader who wants no more.
  const wait = `while [ ! -e ${bench.path('go')} ] && kill -0 $$ 2>/dev/null; do sleep 0.05; done`;
  const script = `#!/bin/sh\n${zstd} "$@" | { dd bs=1M count=20 iflag=fullblock status=none; ${wait}; cat; }\n`;
  await mkdir(bench.path('bin'));
  await writeFile(bench.path('bin/zstd'), script);
  await chmod(bench.path('bin/zstd'), 0o755);
  process.env['PATH'] = `${bench.path('bin')}:${before}`;
  bench.later(() => Promise.resolve((process.env['PATH'] = before)));
}

async function onCard(): Promise<Buffer> {
  const card = await open(bench.path('card'));
  try {
    return (await card.read(Buffer.alloc(sector), 0, sector, position)).buffer;
  } finally {
    await card.close();
  }
}

describe('another program, during a flash,', () => {
  test('cannot claim the device, nor mount it', async () => {
    await inTheMiddle(async () => {
      const facts = await readDeviceFacts(device);
      await expect(ClaimedDevice.claim(facts, 'read')).rejects.toThrow(/is in use/);
      await mkdir(bench.path('mounted'));
      await expect(run('mount', ['-t', 'ext4', device, bench.path('mounted')])).rejects.toThrow(/busy/);
    });
  });

  test('writes to a place that was written: it is noticed, and written again', async () => {
    const garbage = Buffer.alloc(sector, 'stranger');
    await writeFile(bench.path('garbage'), garbage);
    await inTheMiddle(async () => {
      const at = ['bs=512', `seek=${String(position / sector)}`, 'oflag=direct', 'conv=notrunc', 'status=none'];
      await run('dd', [`if=${bench.path('garbage')}`, `of=${device}`, ...at]);
      expect((await onCard()).equals(garbage)).toBe(true);
    });
    expect((await onCard()).equals(content)).toBe(true);
  });
});

test('a program that has locked the device, as udev does, is said to have, when it does not let go of it', async () => {
  const holder = spawn('flock', ['--exclusive', '--no-fork', device, 'sh', '-c', 'echo locked; exec sleep 60']);
  try {
    await once(holder.stdout, 'data');
    const claim = ClaimedDevice.claim(await readDeviceFacts(device), 'write');
    await expect(claim).rejects.toThrow(`The device ${device} is locked by another program`);
  } finally {
    holder.kill();
    await once(holder, 'close');
  }
});

describe('another card in the same reader, as empty as the first, is refused', () => {
  const expectUntouched = async () => {
    expect((await readFile(bench.path('other'))).equals(Buffer.alloc(40 * 1024 * 1024))).toBe(true);
  };

  test('where it was put in after the plan', async () => {
    const inputs = await inputsFor(device, image);
    const observed = await flashedCard.observe?.(inputs, undefined);
    await bench.exchange(device, 'other', 40);
    await expect(flashedCard.create(recorder(), { ...inputs, ...observed })).rejects.toThrow(
      /another one was put into the reader[^]*Nothing was written/,
    );
    await expectUntouched();
  });

  test('where it was put in just before the writer begins', async () => {
    const card = await cardToWrite(device, image);
    await bench.exchange(device, 'other', 40);
    const { fingerprint } = await inspectCard(card.request.device, await readDeviceFacts(device));
    expect(fingerprint).toBe(card.request.seen.fingerprint);
    await expect(writeCard(card, recorder())).rejects.toThrow(
      /another one was put into the reader[^]*Nothing was written/,
    );
    await expectUntouched();
  });
});
