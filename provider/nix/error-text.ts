/** Nix prints its warnings and a trace before the error proper; the last line that begins with `error:` is what is wrong. */
export function errorText(stderr: string): string {
  const start = [...stderr.matchAll(/^[ \t]*error:/gm)].at(-1)?.index ?? 0;
  return stderr.slice(start).trim();
}
