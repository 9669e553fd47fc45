import { installedWriter } from './places.ts';

/**
 * A rule that lets one user run the card writer as root, without arguments (`""`) and without a password.
 *
 * See sudoers(5). Every user has a file of their own; sudo passes over files with a dot in their names, so that `=` stands for it,
 * which no user has.
 */
export function sudoersRule(user: string): { readonly path: string; readonly text: string } {
  // Sudoers takes ALL for everybody, and other names without a small letter for aliases.
  if (!/^[a-z_][a-z0-9._-]*$/i.test(user) || !/[a-z]/.test(user))
    throw new Error(`${JSON.stringify(user)} is no user name that can stand in a sudoers file`);
  const text = [
    '# Made by `npm run card-writer -- install` of pulumi-nixos-pi.',
    `Defaults!${installedWriter} env_reset, !setenv`,
    `${user} ALL=(root) NOPASSWD: ${installedWriter} ""`,
    '',
  ].join('\n');
  return { path: `/etc/sudoers.d/pulumi-nixos-pi_${user.replaceAll('.', '=')}`, text };
}
