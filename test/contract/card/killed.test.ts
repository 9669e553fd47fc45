import { randomUUID } from 'node:crypto';
import { copyFile, readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { ClaimedDevice } from '../../../card-writer/claimed-device.ts';
import { readDeviceFacts } from '../../../card-writer/device-facts.ts';
import { decodeMarker } from '../../../card-writer/unfinished-marker.ts';
import { parsePartitionTable } from '../../../card-writer/partition-table.ts';
import { flashedCard } from '../../../provider/handlers/flashed-card.ts';
import type { FlashedCardInputs } from '../../../provider/handlers/flashed-card-inputs.ts';
import { run } from '../../../provider/process/run.ts';
import {
  Workbench,
  fingerprintOf,
  flashTo,
  hostKeyPath,
  inputsFor,
  makeImage,
  readFromRoot,
  recorder,
  rootOf,
} from './cards.ts';
import { ScriptedCard } from './scripted-card.ts';

const program = new URL('flash-program.ts', import.meta.url).pathname;

jest.setTimeout(120_000);

const probed = '[ "$count" -eq 4096 ]';
const phase = (name: string): string => `case "$(cat "$folder/phase" 2>/dev/null)" in ${name}*) true;; *) false;; esac`;
const from = (mebibytes: number): string => `[ "$offset" -ge ${String(mebibytes * 1024 * 1024)} ]`;

/** When, as a request to the card sees it; and what of the image is right afterwards at least, in bytes. */
const moments: readonly (readonly [name: string, condition: string, rightBytes: number])[] = [
  ["the old card's first block is overwritten", '[ $action = write ]', 0],
  ["the old card's end is cleared", `[ $action = write ] && ${from(39)}`, 0],
  ['its size is probed', `[ $action = write ] && ${probed} && ${from(16)}`, 0],
  [
    "the image's first block is written",
    // The old card's end was cleared before it. By the writer's own requests: words of progress may come late on a busy machine.
    `[ $action = write ] && { ! ${from(39)} || ! touch "$folder/cleared"; } && [ -e "$folder/cleared" ] && ! ${probed} && ! ${from(4)}`,
    0,
  ],
  ['8 MiB of the image are written', `[ $action = write ] && ! ${probed} && ! ${from(39)} && ${from(8)}`, 0],
  ['16 MiB of the image are written', `[ $action = write ] && ! ${probed} && ! ${from(39)} && ${from(16)}`, 4e6],
  ['it begins to be read back', `[ $action = read ] && ${phase('reading')}`, 29e6],
  ['20 MiB are read back', `[ $action = read ] && ${phase('reading')} && ${from(20)}`, 29e6],
  ['files are added', `[ $action = write ] && ${phase('putting')}`, 12e6],
  ['its boot record is written', `[ $action = write ] && ${phase('putting')} && ! ${from(4)}`, 12e6],
];

/** A card with an older system, and the fingerprint of it. */
let workshop: Workbench;
let image: string;
let fingerprint: string;
beforeAll(async () => {
  workshop = await Workbench.make();
  const device = await workshop.card('old', 40);
  await flashTo(device, await makeImage(workshop, 'before', 'before'));
  fingerprint = await fingerprintOf(device);
  image = await makeImage(workshop);
});
afterAll(() => workshop.remove());

let bench: Workbench;
let card: ScriptedCard;
let inputs: FlashedCardInputs;
beforeEach(async () => {
  bench = await Workbench.make();
  card = await ScriptedCard.insert(bench, 40, workshop.path('old'));
  inputs = await inputsFor(card.device, image, { erase: fingerprint });
});
afterEach(() => bench.remove());

/** Once; what is asked for meanwhile never gets to the card. */
function killing(victim: 'provider' | 'writer', condition: string): string {
  const provider = `$(pgrep -f '^[^ ]*node .*flash-program[.]ts .*"${card.device}"')`;
  const kill = { provider: `kill -9 ${provider}`, writer: `pkill -9 -P ${provider} -f card-writer/main.ts` };
  return `if ${condition} && mv "$folder/before" "$folder/killed"; then
    ${kill[victim]}
    touch "$folder/dead"
  fi
  if [ -e "$folder/dead" ] && [ $action = write ]; then echo 'EIO nobody asks any more' >&2; exit 1; fi`;
}

async function flashInAnotherProcess(urn = ''): Promise<string> {
  const args = [program, JSON.stringify(inputs), '', bench.path('scripted/phase'), urn];
  return run(process.execPath, args).then(
    () => 'finished',
    (error: unknown) => (error as Error).message,
  );
}

async function untilNobodyHoldsIt(): Promise<void> {
  const facts = await readDeviceFacts(card.device);
  for (const end = performance.now() + 20_000; performance.now() < end;) {
    const device = await ClaimedDevice.claim(facts, 'read').catch(() => undefined);
    if (device !== undefined) return device.close();
    await pause(50);
  }
  throw new Error(`${card.device} is still held`);
}

async function head(): Promise<Buffer> {
  return (await readFile(card.disk)).subarray(0, 4096);
}

describe.each(['provider', 'writer'] as const)('a card that held a system, when the %s is killed', (victim) => {
  test.each(moments)('as %s, does not boot, and the next run finishes it', async (_name, condition, rightBytes) => {
    await card.before(killing(victim, condition));
    const said = await flashInAnotherProcess();
    expect(said).toMatch(victim === 'provider' ? /SIGKILL/ : /The card writer ended without a result/);
    await untilNobodyHoldsIt();
    const wasTouched = !(await head()).equals((await readFile(workshop.path('old'))).subarray(0, 4096));
    if (wasTouched) {
      expect(parsePartitionTable(await head())).toBeUndefined();
      expect(decodeMarker(await head())).toBeDefined();
    } else expect(condition).toBe(moments[0]?.[1]);

    await card.heals();
    const context = recorder();
    const { outputs } = await flashedCard.create(context, { ...inputs, ...(wasTouched && { erase: undefined }) });
    const right = /, (\d+) MB were right already/.exec(context.lines.join('\n'))?.[1] ?? '0';
    expect(Number(right) * 1e6).toBeGreaterThanOrEqual(rightBytes);
    expect(parsePartitionTable(await head())).toHaveLength(2);
    expect(await readFromRoot(card.disk, `${hostKeyPath}.pub`)).toBe(outputs.hostPublicKey);
    await run('e2fsck', ['-f', '-n', rootOf(card.disk)]);
  });
});

test('a card whose boot record arrived, though nobody was left to say so, is taken over', async () => {
  const urn = `urn:pulumi:${randomUUID()}::x::y::z`;
  const [, bootRecord = ''] = moments.at(-1) ?? [];
  await card.before(
    `if ${bootRecord} && mv "$folder/before" "$folder/killed"; then kill -9 $(pgrep -f '^[^ ]*node .*flash-program[.]ts .*"${card.device}"'); fi`,
  );
  expect(await flashInAnotherProcess(urn)).toMatch(/SIGKILL/);
  await untilNobodyHoldsIt();
  await copyFile(card.disk, bench.path('arrived'));
  const context = { ...recorder(), urn };
  expect(await flashedCard.validate?.(context, { ...inputs, erase: undefined }, undefined, [])).toEqual([]);
  const { outputs } = await flashedCard.create(context, { ...inputs, erase: undefined });
  expect(context.lines.join('\n')).toContain('it is taken over');
  expect((await readFile(card.disk)).equals(await readFile(bench.path('arrived')))).toBe(true);
  expect(await readFromRoot(card.disk, `${hostKeyPath}.pub`)).toBe(outputs.hostPublicKey);
});
