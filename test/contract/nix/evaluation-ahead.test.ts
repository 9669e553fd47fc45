import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { counting, EvaluationMachine } from './evaluation-machine.ts';

jest.setTimeout(60_000);

let nix: EvaluationMachine;
beforeAll(async () => {
  nix = await EvaluationMachine.start();
}, 60_000);
afterAll(async () => {
  await nix.stop();
});
beforeEach(async () => {
  await nix.reset();
});

const configuration = { configuration: 'pi.nix' };

describe('a configuration that is evaluated ahead', () => {
  test('has its answer when it is asked for afterwards', async () => {
    nix.write({ 'host/pi.nix': '{ text = "pi"; }' });
    expect(await nix.evaluationsAhead(configuration, 'alone')).toBe(1);
    expect(nix.markEntries().evaluations).toBe(1);
    const answers = await nix.answers(configuration, counting);
    expect(nix.isFromCache(answers)).toBe(true);
    expect(answers.cached).toBe(answers.evaluated);
  });

  test('is not evaluated once more for who asks meanwhile', async () => {
    nix.write({ 'host/pi.nix': '{ text = "pi"; }' });
    const [once, comparison] = [1, 1];
    expect(await nix.evaluationsAhead(configuration, 'meanwhile')).toBe(once + comparison);
  });

  test('is not evaluated where the answer could not be kept', async () => {
    nix.write({ 'host/pi.nix': '{ text = builtins.getEnv "HOME"; }' });
    expect(await nix.evaluationsAhead(configuration, 'alone')).toBe(0);
  });

  test('tells what is wrong with it only to who asks', async () => {
    nix.write({ 'host/pi.nix': '{ text = throw "no pi"; }' });
    expect(await nix.evaluationsAhead(configuration, 'alone')).toBe(1);
    await expect(nix.evaluationsAhead(configuration, 'meanwhile')).rejects.toThrow(/no pi/);
  });

  test('is evaluated again after it failed', async () => {
    nix.write({ 'host/pi.nix': '{ text = throw "no pi"; }' });
    await nix.evaluationsAhead(configuration, 'alone');
    expect(await nix.evaluationsAhead(configuration, 'alone')).toBe(1);
  });
});
