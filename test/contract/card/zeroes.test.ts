import { appendFile, open, readFile, truncate, writeFile } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { carryOut } from '../../../card-writer/carry-out.ts';
import { ClaimedDevice, chunkBytes } from '../../../card-writer/claimed-device.ts';
import { readDeviceFacts } from '../../../card-writer/device-facts.ts';
import type { WriterEvent } from '../../../card-writer/events.ts';
import { Input } from '../../../card-writer/input.ts';
import { readBack } from '../../../card-writer/read-back.ts';
import { run } from '../../../provider/process/run.ts';
import { Workbench, cardToWrite, imageSizeBytes, makeImage } from './cards.ts';

/** Shorter than what is written at once. */
const tailBytes = 1024 * 1024;

let bench: Workbench;
beforeEach(async () => {
  bench = await Workbench.make();
});
afterEach(() => bench.remove());

test('zeros that the device wrote by itself are on it, also in the last part of an image, and are not sent again', async () => {
  const cardBytes = 40 * 1024 * 1024;
  await writeFile(bench.path('card'), Buffer.alloc(cardBytes, 0xff));
  const device = await bench.card('card', 40);
  await makeImage(bench);
  const image = bench.path('pi.img');
  await truncate(image, imageSizeBytes + tailBytes);
  const { request } = await cardToWrite(device, image);
  await appendFile(image, `${request.flashId}\nfinish\n`);

  const events: WriterEvent[] = [];
  const stream = await open(image);
  const finished = await carryOut(JSON.stringify(request), new Input(stream.fd), (event) => void events.push(event));
  await stream.close();

  expect(finished).toMatchObject({ event: 'finished' });
  expect((finished as { unchangedBytes: number }).unchangedBytes).toBeGreaterThan(8 * 1024 * 1024);
  expect(events.map(({ event }) => event)).not.toContain('resend');
  const tail = ['--ignore-initial', String(imageSizeBytes), '--bytes', String(tailBytes)];
  await run('cmp', [...tail, image, bench.path('card')]);
});

test('a device that only says that it writes zeros is no worn one: it gets all of them sent', async () => {
  const chunks = 25;
  await writeFile(bench.path('card'), Buffer.alloc(chunks * chunkBytes, 0xff));
  const facts = await readDeviceFacts(await bench.attach(bench.path('card')));
  const device = await ClaimedDevice.claim(facts, 'write');
  const zeros = Buffer.alloc(chunkBytes);
  const written = {
    ...{ imageHead: Buffer.alloc(0), checksums: Array<number>(chunks).fill(crc32(zeros)), writtenBytes: 0 },
    ...{ proven: new Set<number>(), leftToDevice: new Set(Array.from({ length: chunks }, (_, index) => index)) },
  };
  const nothing = (): void => undefined;
  const fill = (buffer: Buffer): void => void buffer.fill(0);
  const reading = {
    device,
    imageSizeBytes: chunks * chunkBytes,
    resend: nothing,
    fill,
    marker: zeros,
    advance: nothing,
  };
  await readBack(written, reading).finally(() => device.close());
  expect((await readFile(bench.path('card'))).equals(Buffer.alloc(chunks * chunkBytes))).toBe(true);
});
