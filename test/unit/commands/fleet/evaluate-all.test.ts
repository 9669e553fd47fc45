import { expect, jest, test } from '@jest/globals';
import type { StackRecord } from '../../../../commands/fleet/pi-record.ts';

// Nix, in an evaluation that does not end.
jest.unstable_mockModule('../../../../provider/nix/evaluate.ts', () => ({
  evaluateSystem: () => new Promise(() => undefined),
  evaluateImage: () => new Promise(() => undefined),
}));
const { evaluateAll } = await import('../../../../commands/fleet/evaluate-all.ts');

const record = {
  stack: 'attic',
  pis: [{ configuration: { configuration: 'hosts/attic/configuration.nix' } }],
  images: [],
} as unknown as StackRecord;

test('evaluations are not waited for after Ctrl-C, nor begun', async () => {
  const interruption = new AbortController();
  const begun: string[] = [];
  const evaluations = evaluateAll([record], '/home/ada/pis', interruption.signal, (stack) => begun.push(stack));
  interruption.abort();
  await evaluations;
  await evaluateAll([record], '/home/ada/pis', interruption.signal, (stack) => begun.push(stack));
  expect(begun).toEqual(['attic']);
});
