import { shellJoin } from '../process/quote.ts';

/**
 * A command line that means the same to every login shell. sshd gives it to the user's own shell, which may be fish, tcsh or
 * nushell, with other rules inside quotes. So anything but plain words is handed to /bin/sh as one word in single quotes, and
 * each byte that some shell changes even there is written as `=` and three octal digits: a quote as `=047`. /bin/sh splits the word
 * at each `=` and joins the parts with the first character of IFS, a `\`: that makes `\047`, which printf decodes. Both are the shell's
 * own, so no program is started for it. `sh` is only what its messages begin with.
 */
export function forAnyLoginShell(argv: readonly string[]): string {
  const command = shellJoin(argv);
  if (/^[A-Za-z0-9_@%+=:,./ -]*$/.test(command)) return command;
  return `/bin/sh -c 'IFS="\\=";set -f;set -- $1;eval "exec $(printf "$*")"' sh '${encoded(command)}'`;
}

// Encoded is each byte that is not ASCII or cannot be printed (tcsh changes line ends too), the quote itself, `\` (for fish), `!` (for tcsh),
// `%` (for printf) and `=`.
function encoded(text: string): string {
  const bytes = Buffer.from(text).toString('latin1');
  return bytes.replaceAll(/[^ -~]|['\\!%=]/g, (byte) => `=${byte.charCodeAt(0).toString(8).padStart(3, '0')}`);
}
