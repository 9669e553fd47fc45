// Nix' base-32 alphabet leaves out e, o, t and u; names hold the characters that Nix allows (Nix manual, "Store path").
const pattern = /^\/nix\/store\/[0-9a-df-np-sv-z]{32}-[A-Za-z0-9+\-._?=]+$/;

/** Whether a text is a path directly below /nix/store, for example `/nix/store/<32 characters>-nixos-system-kitchen-26.05`. */
export function isStorePath(text: string): boolean {
  return pattern.test(text);
}
