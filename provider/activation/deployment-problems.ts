import type { RunningSystem } from './running-system.ts';

/** What keeps a Pi from counting as deployed with a store path, each as half a sentence; none when all is well. */
export function deploymentProblems(running: RunningSystem, storePath: string): string[] {
  const expected = [
    { place: 'it runs', found: running.currentSystem },
    { place: 'its system profile is', found: running.profile },
    ...(running.bootInit === '' ? [] : [{ place: 'it would boot', found: running.bootInit.replace(/\/init$/, '') }]),
  ];
  return expected
    .filter(({ found }) => found !== storePath)
    .map(({ place, found }) => `${place} ${found === '' ? 'nothing' : found}, not ${storePath}`);
}
