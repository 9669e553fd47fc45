import { shellJoin } from '../process/quote.ts';

/**
 * A command line that means the same to every login shell. sshd gives it to the user's own shell, which may be fish or
 * nushell, with other rules inside quotes; so anything but plain words is handed to /bin/sh in an encoding that no shell
 * touches.
 */
export function forAnyLoginShell(argv: readonly string[]): string {
  const command = shellJoin(argv);
  if (/^[A-Za-z0-9_@%+=:,./ -]*$/.test(command)) return command;
  const encoded = Buffer.from(command).toString('base64');
  return `/bin/sh -c 'eval "exec $(echo ${encoded} | base64 -d)"'`;
}
