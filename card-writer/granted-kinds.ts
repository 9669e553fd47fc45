import type { DeviceKind } from './device-facts.ts';
import { CardError } from './problem.ts';
import type { DeclaredDevice } from './request.ts';

/** Stands in the installed program only; see commands/card-writer/bundle.ts and nix/card-writer.nix. */
declare const GRANTED_KINDS: readonly DeviceKind[] | undefined;

/**
 * Makes sure that a request names no kind of device beside cards which root did not name when the card writer was installed: where
 * it runs with root's rights, its user alone must not make a built-in disk a card.
 *
 * @throws CardError naming what is missing.
 */
export function requireGranted({ allow }: DeclaredDevice, granted = grantedAtInstallation()): void {
  const missing = allow.filter((kind) => !granted.includes(kind));
  if (missing.length === 0) return;
  throw new CardError({
    what: `The installed card writer writes to cards only: for ${missing.join(', ')} it has no permission.`,
    remedy:
      `Whoever may use sudo can give it: \`npm run card-writer -- install --allow ${allow.join(' ')}\` (on NixOS: \`cardWriter.allow\` of its ` +
      'module). If the device is an ordinary card, leave out `allow` (`cardAllow`).',
  });
}

function grantedAtInstallation(): readonly DeviceKind[] {
  return typeof GRANTED_KINDS === 'undefined' ? [] : GRANTED_KINDS;
}
