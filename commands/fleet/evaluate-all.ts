import { availableParallelism } from 'node:os';
import { nixConfiguration } from '../../provider/nix/configuration.ts';
import { evaluateImage, evaluateSystem } from '../../provider/nix/evaluate.ts';
import { parallelEvaluations } from '../../provider/nix/evaluation-queue.ts';
import { isNamed, type StackRecord } from './pi-record.ts';

/**
 * Evaluates what the programs of the stacks will ask for, in this process, which knows how much memory there is: they then find the
 * answers in the cache, instead of each evaluating at the same time. What cannot be evaluated is told by its own program.
 *
 * @param signal aborted: what is not evaluated yet is not waited for.
 * @param onBegin told of each stack whose turn begins.
 */
export async function evaluateAll(
  records: readonly StackRecord[],
  project: string,
  signal: AbortSignal,
  onBegin: (stack: string) => void = () => undefined,
): Promise<void> {
  if (signal.aborted) return;
  const quiet = (): void => undefined;
  const all = Promise.allSettled(
    records.flatMap(({ stack, pis, images }) => [
      ...pis
        .filter(({ configuration }) => isNamed(configuration))
        .map(async ({ configuration }) => {
          onBegin(stack);
          await evaluateSystem(nixConfiguration(configuration, project), quiet);
        }),
      ...images.map(async ({ configuration, variant }) => {
        onBegin(stack);
        await evaluateImage(nixConfiguration(configuration, project), variant, quiet);
      }),
    ]),
  );
  const interrupted = new Promise<void>((resolve) => {
    signal.addEventListener('abort', () => {
      resolve();
    });
  });
  await Promise.race([all, interrupted]);
}

/**
 * The environment in which so many engines, side by side, do not evaluate more than one of them would. What the user has set stays.
 */
export function sharedEvaluations(
  engines: number,
  env: Readonly<Record<string, string | undefined>> = process.env,
): Record<string, string> {
  if ((env[variable] ?? '') !== '') return {};
  const load = { running: 0, heldBytes: 0, availableBytes: process.availableMemory(), cores: availableParallelism() };
  return { [variable]: String(Math.max(1, Math.floor(parallelEvaluations(load) / engines))) };
}

const variable = 'NIXOS_PI_PARALLEL_EVALUATIONS';
