import { randomUUID } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { decodeMarker } from '../../../card-writer/unfinished-marker.ts';
import { writeCard } from '../../../provider/card/card-writer.ts';
import { generateHostKey } from '../../../provider/card/host-key.ts';
import { recordLastStep, sealOf } from '../../../provider/card/last-step.ts';
import { firstBootOf } from '../../../provider/handlers/flash-guards.ts';
import { flashedCard } from '../../../provider/handlers/flashed-card.ts';
import type { FlashedCardInputs } from '../../../provider/handlers/flashed-card-inputs.ts';
import { parsePartitionTable } from '../../../card-writer/partition-table.ts';
import { run } from '../../../provider/process/run.ts';
import {
  Workbench,
  cardToWrite,
  fingerprintOf,
  flashTo,
  hostKeyPath,
  inputsFor,
  makeImage,
  readFromRoot,
  recorder,
  rootOf,
} from './cards.ts';

const program = new URL('flash-program.ts', import.meta.url).pathname;

jest.setTimeout(120_000);

let bench: Workbench;
let image: string;
let device: string;
beforeEach(async () => {
  bench = await Workbench.make();
  image = await makeImage(bench);
  device = await bench.card('card', 40);
});
afterEach(() => bench.remove());

async function head(): Promise<Buffer> {
  return (await readFile(bench.path('card'))).subarray(0, 4096);
}

async function expectUnfinished(): Promise<void> {
  expect(parsePartitionTable(await head())).toBeUndefined();
  expect(decodeMarker(await head())).toMatchObject({ flashId: expect.stringMatching(/^[0-9a-f-]{36}$/) });
}

describe('an interrupted flash', () => {
  test.each(['writing', 'reading back', 'putting the SSH host key'])(
    'killed when it began %s: the old bootable card does not boot, and the next run finishes it without being asked again',
    async (moment) => {
      await flashTo(device, image);
      expect(parsePartitionTable(await head())).toHaveLength(2);
      const shm = await readdir('/dev/shm');

      const erase = await fingerprintOf(device);
      const again = await inputsFor(device, await makeImage(bench, 'other', 'other'), { erase });
      await expect(run(process.execPath, [program, JSON.stringify(again), moment])).rejects.toThrow('SIGKILL');
      await expectUnfinished();
      expect(await readdir('/dev/shm')).toEqual(shm);

      const context = recorder();
      const { outputs } = await flashedCard.create(context, { ...again, erase: undefined });
      expect(context.lines.join('\n')).toContain('unfinished flash');
      expect(await readFromRoot(device, `${hostKeyPath}.pub`)).toBe(outputs.hostPublicKey);
      expect(parsePartitionTable(await head())).toHaveLength(2);
      await run('e2fsck', ['-f', '-n', rootOf(device)]);
    },
  );

  test('what is right already is not written again', async () => {
    const inputs = await inputsFor(device, image);
    await expect(run(process.execPath, [program, JSON.stringify(inputs), 'reading back'])).rejects.toThrow('SIGKILL');
    const context = recorder();
    await flashedCard.create(context, inputs);
    const [, unchanged = ''] = /, (\d+) MB were right already/.exec(context.lines.join('\n')) ?? [];
    // Of 34 MB, without the first block, which holds the other run's marker, and where that run may have begun to put files.
    expect(Number(unchanged)).toBeGreaterThanOrEqual(17);
  });

  describe('a card that was finished by a run that was killed before it could say so', () => {
    const wifi = { ssid: 'attic', psk: 'correct horse' };
    let urn: string;
    beforeEach(() => {
      urn = `urn:pulumi:${randomUUID()}::x::y::z`;
    });

    async function finish(inputs: FlashedCardInputs): Promise<unknown> {
      const first = await flashedCard.create({ ...recorder(), urn }, inputs);
      const firstBoot = sealOf(firstBootOf(inputs), first.id);
      await recordLastStep(urn, { ...first.outputs, fingerprint: await fingerprintOf(device), firstBoot });
      return first;
    }

    test('is taken over', async () => {
      const inputs = await inputsFor(device, image, { wifi });
      const first = await finish(inputs);
      const context = { ...recorder(), urn };
      expect(await flashedCard.create(context, inputs)).toEqual(first);
      expect(context.lines.join('\n')).toContain('it is taken over');
      // Once only, and never for another resource.
      await expect(flashedCard.create({ ...recorder(), urn }, inputs)).rejects.toThrow('is not empty');
    });

    test.each<[string, Partial<FlashedCardInputs>, Partial<FlashedCardInputs>]>([
      ['has another Wi-Fi', { wifi }, { wifi: { ...wifi, psk: 'battery staple' } }],
      ['lacks a file', {}, { files: [{ path: '/etc/token', content: 'x', mode: '0600', userId: 0, groupId: 0 }] }],
      ['has a host key of its own', {}, { hostPrivateKey: generateHostKey().privateKey }],
      ['was not read back', { verify: false }, { verify: true }],
    ])('is not taken for what is wanted now if it %s', async (_name, before, now) => {
      await finish(await inputsFor(device, image, before));
      const inputs = await inputsFor(device, image, now);
      await expect(flashedCard.create({ ...recorder(), urn }, inputs)).rejects.toThrow('is not empty');
    });
  });

  test.each(['writing', 'reading back', 'putting the SSH host key'])('cancelled when it began %s', async (moment) => {
    const controller = new AbortController();
    const context = recorder((line) => {
      if (line.startsWith(moment)) controller.abort();
    }, controller.signal);
    await expect(flashedCard.create(context, await inputsFor(device, image))).rejects.toThrow(
      'was stopped before it was finished',
    );
    await expectUnfinished();
    await flashTo(device, image);
  });

  test('a flash whose end cannot be recorded gets no boot record', async () => {
    const card = await cardToWrite(device, image, async () => {
      await pause(500);
      throw new Error('no space left');
    });
    await expect(writeCard(card, recorder())).rejects.toThrow('no space left');
    await expectUnfinished();
  });

  test('an image file that turns out to be another one leaves the card without a boot record', async () => {
    const inputs = await inputsFor(device, image, { imageCompressedSha256: 'a'.repeat(64) });
    await expect(flashedCard.create(recorder(), inputs)).rejects.toThrow('another one than was looked at');
    await expectUnfinished();
    await flashTo(device, image);
  });
});
