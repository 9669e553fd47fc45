import { minimatch } from 'minimatch';
import { ProvisioningError } from '../../provider/errors.ts';

/**
 * The stacks that a pattern means.
 *
 * @param pattern as a shell knows them, for example `attic-*`, also of `attic-1` in an organization, `home/attic-1`; default: all.
 * @throws ProvisioningError when it means none.
 */
export function chosen(stacks: readonly string[], pattern = '*'): string[] {
  const found = stacks.filter((stack) => minimatch(stack, pattern, { matchBase: true, dot: true }));
  if (found.length > 0) return found;
  throw new ProvisioningError({
    what: `No stack of this project is called ${pattern}.`,
    remedy: stacks.length === 0 ? 'Make one: npm run pi -- new NAME' : `There are ${stacks.join(', ')}.`,
  });
}

/**
 * Who goes first: the canary alone, then all others.
 *
 * @throws ProvisioningError when the canary is none of them.
 */
export function waves(stacks: readonly string[], canary?: string): string[][] {
  if (canary === undefined) return [[...stacks]];
  if (!stacks.includes(canary))
    throw new ProvisioningError({
      what: `The canary ${canary} is none of the stacks ${stacks.join(', ')}.`,
      remedy: 'Name one of them with --canary.',
    });
  const others = stacks.filter((stack) => stack !== canary);
  return others.length === 0 ? [[canary]] : [[canary], others];
}
