import { shellJoin } from '../process/quote.ts';

/**
 * A command line that means the same to every login shell. sshd gives it to the user's own shell, which may be fish, tcsh or
 * nushell, with other rules inside quotes; so anything but plain words is handed to /bin/sh with what shells treat in different
 * ways, even in single quotes, as `=` and three octal digits. The fields between these, joined by `\` (IFS begins with it), are what
 * printf decodes; no program is started for that.
 */
export function forAnyLoginShell(argv: readonly string[]): string {
  const command = shellJoin(argv);
  if (/^[A-Za-z0-9_@%+=:,./ -]*$/.test(command)) return command;
  return `/bin/sh -c 'IFS="\\=";set -f;set -- $1;eval "exec $(printf "$*")"' sh '${encoded(command)}'`;
}

function encoded(text: string): string {
  const bytes = [...Buffer.from(text)];
  return bytes.map((byte) => (isLeftAlone(byte) ? String.fromCharCode(byte) : octal(byte))).join('');
}

// Not the quote itself; `\` for fish; `!` and line ends for tcsh; `%` for printf; `=` for us; and nothing beyond ASCII.
function isLeftAlone(byte: number): boolean {
  return byte >= 0x20 && byte < 0x7f && !`'\\!%=`.includes(String.fromCharCode(byte));
}

function octal(byte: number): string {
  return `=${byte.toString(8).padStart(3, '0')}`;
}
