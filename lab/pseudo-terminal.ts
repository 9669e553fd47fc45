/** What a terminal shows, in characters. */
export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

/** Of the environment in which {@link atTerminal} is to be run. */
export const terminalVariables = { TERM: 'xterm-256color' };

/**
 * The command line that runs a command at one end of a pseudo-terminal that does not echo: standard input is what a person types,
 * standard output what the screen is told. Its exit code is the command's.
 *
 * @param command for the shell; `exec …` where a signal is to reach the command itself.
 * @param log a file that gets what the screen is told, too.
 */
export function atTerminal(command: string, { columns, rows }: TerminalSize, log = '/dev/null'): [string, ...string[]] {
  const sized = `stty columns ${String(columns)} rows ${String(rows)} -echo && ${command}`;
  return ['script', '--quiet', '--flush', '--return', '--command', sized, log];
}
