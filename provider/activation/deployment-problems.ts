import type { RunningSystem } from './running-system.ts';

/** What a deployment is about: the running system, what boots next, or both (switch-to-configuration's own words). */
export type Goal = 'switch' | 'boot' | 'test';

/** What keeps a Pi from counting as deployed with a store path, each as half a sentence; none when all is well. */
export function deploymentProblems(running: RunningSystem, storePath: string, goal: Goal = 'switch'): string[] {
  const runs = { place: 'it runs', found: running.currentSystem };
  const boots = [
    { place: 'its system profile is', found: running.profile },
    ...(running.bootInit === '' ? [] : [{ place: 'it would boot', found: running.bootInit.replace(/\/init$/, '') }]),
  ];
  const expected = { switch: [runs, ...boots], boot: boots, test: [runs] }[goal];
  return expected
    .filter(({ found }) => found !== storePath)
    .map(({ place, found }) => `${place} ${found === '' ? 'nothing' : found}, not ${storePath}`);
}
