import { ProvisioningError } from '../errors.ts';

/** Prints what tells whether `$1` is a NixOS system, and for which machines. */
export const systemCheckScript = `
[ -e "$1/nixos-version" ] && echo "nixos $(cat "$1/nixos-version")"
[ -e "$1/system" ] && echo "system $(cat "$1/system")"
exit 0
`;

/**
 * @param text what the script printed.
 * @throws ProvisioningError for a path that is no NixOS system, or one for other machines than the Pi.
 */
export function requireSystem(path: string, system: string, text: string): void {
  if (!/^nixos /m.test(text)) {
    throw new ProvisioningError({
      what: `${path} is no NixOS system: it has no nixos-version.`,
      remedy:
        'Give the store path of config.system.build.toplevel; `readlink -f /run/current-system` on a Pi shows one.',
    });
  }
  const built = /^system (\S+)/m.exec(text)?.[1];
  if (built === undefined || built === system) return;
  throw new ProvisioningError({
    what: `${path} is a system for ${built}, and the Pi is ${system}.`,
    remedy: `Set \`nixpkgs.hostPlatform = "${system}";\` in the configuration that it is built from.`,
  });
}
