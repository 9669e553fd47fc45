import { afterEach, describe, expect, test } from '@jest/globals';
import { evaluationBound, parallelEvaluations, whenMemoryAllows } from '../../../provider/nix/evaluation-queue.ts';

const gigabytes = (count: number) => count * 1024 ** 3;

describe('how many evaluations run', () => {
  test.each<[string, [running: number, held: number, available: number, cores: number], number]>([
    ['one for each core, with memory for all', [0, 0, 8, 4], 4],
    ['as memory allows', [0, 0, 2.5, 4], 2],
    ['one, however little memory there is', [0, 0, 0.2, 4], 1],
    ['one, on one core', [0, 0, 64, 1], 1],
    ['no more, while those that began have not taken their memory yet', [2, 0, 2.5, 4], 2],
    ['more, when those that run have taken their memory', [2, 2, 2.5, 4], 4],
    ['no fewer than run, when memory gets scarce', [3, 3, 0.1, 4], 3],
    ['more, when those that run have taken more than expected', [1, 3, 1.5, 4], 2],
  ])('%s', (_name, [running, held, available, cores], expected) => {
    const load = { running, heldBytes: gigabytes(held), availableBytes: gigabytes(available), cores };
    expect(parallelEvaluations(load)).toBe(expected);
  });
});

describe('the number that the user sets', () => {
  test.each<[string | undefined, number | undefined]>([
    [undefined, undefined],
    ['', undefined],
    ['1', 1],
    ['12', 12],
  ])('%p is %p', (value, bound) => {
    expect(evaluationBound(value)).toBe(bound);
  });

  test.each(['0', '-1', '1.5', 'many', '1e3', ' 1'])('%p is refused', (value) => {
    expect(() => evaluationBound(value)).toThrow(/NIXOS_PI_PARALLEL_EVALUATIONS is .*\n {2}what to do: Set it/);
  });
});

describe('evaluations', () => {
  afterEach(() => {
    delete process.env['NIXOS_PI_PARALLEL_EVALUATIONS'];
  });

  test.each([1, 3])('run %p at a time where that is set, and all of them end', async (bound) => {
    process.env['NIXOS_PI_PARALLEL_EVALUATIONS'] = String(bound);
    let running = 0;
    let most = 0;
    const work = async (): Promise<number> => {
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setImmediate(resolve));
      running -= 1;
      return running;
    };
    await Promise.all(Array.from({ length: 9 }, () => whenMemoryAllows(work)));
    expect(most).toBe(bound);
  });

  test('that fail make room for the next', async () => {
    process.env['NIXOS_PI_PARALLEL_EVALUATIONS'] = '1';
    const failed = whenMemoryAllows(() => Promise.reject(new Error('broken')));
    const next = whenMemoryAllows(() => Promise.resolve('fine'));
    await expect(failed).rejects.toThrow('broken');
    await expect(next).resolves.toBe('fine');
  });
});
