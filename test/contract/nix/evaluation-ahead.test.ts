import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { EvaluationMachine } from './evaluation-machine.ts';

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

describe('an evaluation that was begun ahead', () => {
  test('is the one that is asked for a moment later', async () => {
    nix.write({ 'host/pi.nix': '{ text = "pi"; }' });
    const { answers, evaluations } = await nix.answersAhead(configuration);
    expect(answers.cached).toBe(answers.evaluated);
    expect(evaluations).toBe(2);
  });

  test('is none where the answer may be another then', async () => {
    nix.write({ 'host/pi.nix': '{ text = builtins.getEnv "HOME"; }' });
    expect((await nix.answersAhead(configuration)).evaluations).toBe(2);
  });

  test('that fails leaves it to the one that asks', async () => {
    nix.write({ 'host/pi.nix': '{ text = throw "no pi"; }' });
    await expect(nix.answersAhead(configuration)).rejects.toThrow(/no pi/);
  });
});
