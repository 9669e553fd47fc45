import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { recordFlashed, wasFlashed } from '../../../provider/card/flashed-record.ts';
import { flashedCard } from '../../../provider/handlers/flashed-card.ts';
import { Workbench, flashTo, inputsFor, makeImage, recorder } from './cards.ts';

jest.setTimeout(120_000);

const before = process.env['XDG_STATE_HOME'];
let bench: Workbench;
beforeEach(async () => {
  bench = await Workbench.make();
  process.env['XDG_STATE_HOME'] = bench.path('state');
});
afterEach(async () => {
  if (before === undefined) delete process.env['XDG_STATE_HOME'];
  else process.env['XDG_STATE_HOME'] = before;
  await bench.remove();
});

test('a card that was written is remembered by its image, and one that was not is not', async () => {
  const image = await makeImage(bench);
  const device = await bench.card('card', 40);
  const { imageSha256 } = await inputsFor(device, image);
  const refused = await inputsFor(device, image, { expectedSizeBytes: 1 });
  await expect(flashedCard.create(recorder(), refused)).rejects.toThrow();
  expect(await wasFlashed(undefined, { imageSha256 })).toBe(false);
  await flashTo(device, image);
  expect(await wasFlashed(undefined, { imageSha256 })).toBe(true);
});

test('a card of an earlier version is remembered after a refresh', async () => {
  const outputs = { imageSha256: 'd'.repeat(64) } as Parameters<typeof flashedCard.read>[2];
  expect(await flashedCard.read(recorder(), 'id', outputs)).toBe(outputs);
  expect(await wasFlashed(undefined, { imageSha256: 'd'.repeat(64) })).toBe(true);
});

test('where nothing can be noted nothing fails', async () => {
  process.env['XDG_STATE_HOME'] = '/dev/null/nowhere';
  await recordFlashed(undefined, { imageSha256: 'e'.repeat(64) });
  expect(await wasFlashed(undefined, { imageSha256: 'e'.repeat(64) })).toBe(false);
});

test('where a card that is all but finished cannot be noted it is finished nevertheless, with a warning', async () => {
  process.env['XDG_STATE_HOME'] = '/dev/null/nowhere';
  const inputs = await inputsFor(await bench.card('card', 40), await makeImage(bench));
  const context = { ...recorder(), urn: 'urn:pulumi:attic::nixos-pi::x::attic' };
  const { outputs } = await flashedCard.create(context, inputs);
  expect(outputs.hostPublicKey).toContain('ssh-ed25519 ');
  expect(context.lines.join('\n')).toContain('could not be noted');
});
