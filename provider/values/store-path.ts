/** A path directly below /nix/store, for example `/nix/store/<32 characters>-nixos-system-kitchen-26.05`. */
export type StorePath = string & { readonly storePath: unique symbol };

// Nix' base-32 alphabet leaves out e, o, t and u; names hold the characters that Nix allows (nix.dev, "Store path").
const pattern = /^\/nix\/store\/[0-9a-df-np-sv-z]{32}-[A-Za-z0-9+\-._?=]+$/;

export function isStorePath(text: string): text is StorePath {
  return pattern.test(text);
}

/**
 * @throws RangeError when the text is no store path.
 */
export function storePath(text: string): StorePath {
  if (isStorePath(text)) return text;
  throw new RangeError(`not a store path: ${JSON.stringify(text)}`);
}
