import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

/** A file or folder of ours that is to stay: below `$XDG_STATE_HOME/pulumi-nixos-pi`, by default `~/.local/state/pulumi-nixos-pi`. */
export function inStateFolder(...names: readonly string[]): string {
  return join(baseDirectory('XDG_STATE_HOME', '.local/state'), 'pulumi-nixos-pi', ...names);
}

/** One that can be made again: below `$XDG_CACHE_HOME/pulumi-nixos-pi`, by default `~/.cache/pulumi-nixos-pi`. */
export function inCacheFolder(...names: readonly string[]): string {
  return join(baseDirectory('XDG_CACHE_HOME', '.cache'), 'pulumi-nixos-pi', ...names);
}

/** By the XDG Base Directory Specification: a variable that is empty, or no absolute path, counts as not set. */
function baseDirectory(variable: string, otherwise: string): string {
  const given = process.env[variable] ?? '';
  return isAbsolute(given) ? given : join(homedir(), otherwise);
}
