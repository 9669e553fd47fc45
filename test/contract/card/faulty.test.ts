import { readFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { decodeMarker } from '../../../card-writer/unfinished-marker.ts';
import { parsePartitionTable } from '../../../card-writer/partition-table.ts';
import { flashedCard } from '../../../provider/handlers/flashed-card.ts';
import { Workbench, flashTo, inputsFor, makeImage, recorder } from './cards.ts';
import { ScriptedCard } from './scripted-card.ts';

jest.setTimeout(120_000);

const mebibyte = 1024 * 1024;

let bench: Workbench;
let image: string;
let card: ScriptedCard;
beforeEach(async () => {
  bench = await Workbench.make();
  image = await makeImage(bench);
  card = await ScriptedCard.insert(bench, 40);
});
afterEach(() => bench.remove());

/** How a flash fails when something happens to the card in a phase of it. */
async function failureOf(phase: string, happens: () => Promise<unknown>): Promise<string> {
  let happened: Promise<unknown> | undefined;
  const context = recorder((message) => {
    if (message.startsWith(phase)) happened ??= happens();
  });
  const flash = flashedCard.create(context, await inputsFor(card.device, image));
  const error: unknown = await flash.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  await happened;
  expect(happened).toBeDefined();
  return (error as Error | undefined)?.message ?? 'nothing failed';
}

async function expectNotBootable(): Promise<void> {
  const head = (await readFile(card.disk)).subarray(0, 4096);
  expect(parsePartitionTable(head)).toBeUndefined();
  expect(decodeMarker(head)).toBeDefined();
}

const behind = (position: number) => `[ "$offset" -ge ${String(position)} ]`;

describe('a card that', () => {
  test.each([
    ['fails writes', 'write', 'looking whether', /failed to (write at byte \d+|flush)/],
    ['fails reads', 'read', 'writing', /failed to read at byte \d+/],
  ] as const)(
    '%s: the place is named, and once it works again the flash is finished',
    async (_how, action, phase, says) => {
      // Not yet where its size is probed, in blocks of 4 KiB.
      const place = `${behind(12 * mebibyte)} && [ "$count" -gt 4096 ]`;
      const fails = `if [ "$action" = ${action} ] && ${place}; then echo EIO worn >&2; exit 1; fi`;
      const message = await failureOf(phase, () => card.before(fails));
      expect(message).toMatch(says);
      expect(message).toContain(card.device);
      await expectNotBootable();
      await card.heals();
      await flashTo(card.device, image);
      expect(parsePartitionTable((await readFile(card.disk)).subarray(0, 4096))).toHaveLength(2);
    },
  );

  test.each(['writing', 'reading back', 'putting the SSH host key'])(
    'is pulled out while %s: it is noticed, and nothing is reported as done',
    async (phase) => {
      const message = await failureOf(phase, () => {
        card.vanish();
        return Promise.resolve();
      });
      expect(message).toMatch(/failed (to|while)|Input\/output error/);
      expect(message).toContain(card.device);
      await expectNotBootable();
    },
  );

  test('never keeps one cell: it is written twice, and then named', async () => {
    // In a file's data: the device makes zeros by itself.
    const cell = (await readFile(bench.path('pi.img'))).indexOf('NixOS'.repeat(1000)) + 4096;
    const chunk = Math.floor(cell / (4 * mebibyte)) * 4 * mebibyte;
    const covers = `[ "$((offset + count))" -gt ${String(cell)} ] && [ "$offset" -le ${String(cell)} ]`;
    await card.does(
      'write',
      `dd of="$disk" seek="$offset" oflag=seek_bytes conv=notrunc bs=1M status=none
      if ${covers}; then printf W | dd of="$disk" seek=${String(cell)} oflag=seek_bytes conv=notrunc status=none; fi`,
    );
    const message = await failureOf('reading back', () => Promise.resolve());
    expect(message).toMatch(
      new RegExp(`does not give back what was written to it at byte ${String(chunk)} .*written a second time`),
    );
    expect(message).toMatch(/worn out, or a forgery/);
    await expectNotBootable();
  });

  test('corrupts one block once, between writing and reading back: it is written again', async () => {
    const spoilt = 21 * mebibyte;
    const message = await failureOf('reading back', () =>
      card.before(
        `if [ "$action" = read ] && mv "$folder/before" "$folder/spoilt" 2>/dev/null; then
        printf spoilt | dd of="$disk" seek=${String(spoilt)} oflag=seek_bytes conv=notrunc status=none; fi`,
      ),
    );
    expect(message).toBe('nothing failed');
    const disk = await readFile(card.disk);
    expect(disk.subarray(spoilt, spoilt + 6).toString()).not.toBe('spoilt');
    expect(parsePartitionTable(disk.subarray(0, 4096))).toHaveLength(2);
  });

  test.each([
    ['drops what is behind its true end', 'cat > /dev/null', 'head --bytes "$count" /dev/zero'],
    [
      'goes round to its beginning behind its true end',
      `dd of="$disk" seek="$((offset % ${String(24 * mebibyte)}))" oflag=seek_bytes conv=notrunc bs=1M status=none`,
      `dd if="$disk" skip="$((offset % ${String(24 * mebibyte)}))" count="$count" iflag=skip_bytes,count_bytes bs=1M status=none`,
    ],
  ])('%s is a forgery: it is found out before the image is written', async (_how, writes, reads) => {
    const within = (script: string, otherwise: string) =>
      `if ${behind(24 * mebibyte)}; then ${script}; else ${otherwise}; fi`;
    await card.does(
      'write',
      within(writes, 'dd of="$disk" seek="$offset" oflag=seek_bytes conv=notrunc bs=1M status=none'),
    );
    await card.does(
      'read',
      within(reads, 'dd if="$disk" skip="$offset" count="$count" iflag=skip_bytes,count_bytes bs=1M status=none'),
    );
    // Once more: what was found out is not passed over because the image is the same.
    for (let tries = 0; tries < 2; tries += 1) {
      const message = await failureOf('looking whether', () => Promise.resolve());
      expect(message).toMatch(/forgery that is smaller than its label/);
      await expectNotBootable();
    }
  });

  /** Behind its true end it keeps what is written until the image is. */
  async function becomesForgeryWithCache(): Promise<void> {
    const end = behind(34 * mebibyte);
    const isImage = `${behind(8 * mebibyte)} && [ "$count" -gt 4096 ]`;
    await card.does(
      'write',
      `if ${end}; then dd of="$folder/cache" seek="$offset" oflag=seek_bytes conv=notrunc bs=1M status=none; else
        if ${isImage}; then rm -f "$folder/cache"; fi
        dd of="$disk" seek="$offset" oflag=seek_bytes conv=notrunc bs=1M status=none; fi`,
    );
    await card.does(
      'read',
      `if ${end}; then from=$folder/cache; [ -e "$from" ] || from=/dev/zero; else from=$disk; fi
      dd if="$from" skip="$offset" count="$count" iflag=skip_bytes,count_bytes bs=1M status=none`,
    );
  }

  test('answers from a cache behind its true end is a forgery: it is found out when the image is read back', async () => {
    await becomesForgeryWithCache();
    for (let tries = 0; tries < 2; tries += 1) {
      const message = await failureOf('reading back', () => Promise.resolve());
      expect(message).toMatch(/does not keep what is written at 3\d MB .*forgery that is smaller than its label/);
      await expectNotBootable();
    }
  });

  test('is found out then too where the flash before was cut off', async () => {
    await becomesForgeryWithCache();
    const place = `${behind(12 * mebibyte)} && ! ${behind(34 * mebibyte)} && [ "$count" -gt 4096 ]`;
    await card.before(`if [ "$action" = write ] && ${place}; then echo EIO worn >&2; exit 1; fi`);
    await expect(flashTo(card.device, image)).rejects.toThrow(/failed to (write at byte \d+|flush)/);
    await card.before(':');
    await expect(flashTo(card.device, image)).rejects.toThrow(/forgery that is smaller than its label/);
    await expectNotBootable();
  });

  test('fails when its boot record is read back: it is taken away again', async () => {
    // Nothing else that is written at the beginning is as short as the boot record.
    await card.before(
      `if [ "$action" = write ] && [ "$offset" = 0 ] && [ "$count" = 4096 ]; then touch "$folder/last"; fi
      if [ "$action" = read ] && [ "$offset" = 0 ] && [ -e "$folder/last" ]; then rm "$folder/last"; echo EIO gone >&2; exit 1; fi`,
    );
    await expect(flashTo(card.device, image)).rejects.toThrow(/failed to read at byte 0/);
    await expectNotBootable();
  });
});
