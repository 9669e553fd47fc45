/**
 * One argument as a POSIX shell reads it. Everything that crosses a shell, here or behind SSH, is quoted by this function.
 *
 * @throws RangeError for a NUL byte, which no argument can hold.
 */
export function shellQuote(argument: string): string {
  if (argument.includes('\0')) throw new RangeError('an argument cannot hold a NUL byte');
  if (/^[A-Za-z0-9_@%+=:,./-]+$/.test(argument)) return argument;
  return `'${argument.replaceAll("'", `'\\''`)}'`;
}

/** A command line that can be pasted into a shell. */
export function shellJoin(argv: readonly string[]): string {
  return argv.map(shellQuote).join(' ');
}
