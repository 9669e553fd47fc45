/**
 * What Nix on a Pi says of a cache that it does without, as a person should read it.
 *
 * @param text a message of Nix.
 * @returns the same text for each path that the same cache does not give; undefined where it says nothing of a cache.
 */
export function substituterComplaint(pi: string, text: string): string | undefined {
  const [, unsigned] = /ignoring substitute for '[^']+' from '([^']+)', as it's not signed/.exec(text) ?? [];
  if (unsigned !== undefined)
    return `${pi} takes nothing from ${unsigned} that is not signed by one of its own \`trusted-public-keys\`; it is sent from here.`;
  const [, disabled, silent] =
    /disabling binary cache '([^']+)' for|unable to download '([^']+)\/nix-cache-info'(?!.*; retrying in )/.exec(
      text,
    ) ?? [];
  const unreachable = disabled ?? silent;
  if (unreachable === undefined) return undefined;
  return `${pi} cannot download from ${unreachable}; what it lacks is sent from here.`;
}
