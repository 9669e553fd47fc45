/**
 * Whether a Pi's record names a stack as the one that deployed: `stack kitchen, ada@desk`. It has no organization there, which
 * Pulumi Cloud puts before the names of stacks.
 */
export function isByStack(deployer: string, stack: string): boolean {
  return deployer.startsWith(`stack ${stack.split('/').at(-1) ?? stack},`);
}

/** The person in it, `ada@desk`; undefined where it names none. */
export function personIn(deployer: string): string | undefined {
  return /^stack [^,]*, ?(.+)$/.exec(deployer)?.[1];
}
