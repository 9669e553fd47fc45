import { appendFile, open, truncate, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { carryOut } from '../../../card-writer/carry-out.ts';
import type { WriterEvent } from '../../../card-writer/events.ts';
import { Input } from '../../../card-writer/input.ts';
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
