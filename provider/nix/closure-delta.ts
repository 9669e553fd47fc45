import { linesOf } from '../process/lines.ts';
import type { SshConnection } from '../ssh/connection.ts';
import { type BootFile, bootFilesNotIn } from './boot-files.ts';
import { type Closure, narBytes } from './closure.ts';
import { type FreeSpace, freeSpaceScript, parseFreeSpace } from './free-space.ts';

/** What a Pi lacks of a system, and the room that it has. */
export interface ClosureDelta {
  readonly missing: Closure;
  /** What it has of it and does not run: of an older generation, or of a copy that was cut off. */
  readonly leftover: Closure;
  readonly bytes: number;
  /** What the boot loader will copy to /boot. */
  readonly bootFiles: readonly BootFile[];
  /** Undefined where the Pi does not say. */
  readonly free: FreeSpace | undefined;
}

/** What is to be on a Pi. */
export interface Wanted {
  readonly closure: Closure;
  /** What a boot loader will need of it. Default: nothing. */
  readonly bootFiles?: readonly BootFile[] | undefined;
}

// The paths come on standard input, since a system has more of them than one argument holds. What is told once by the last command is
// neither missing nor of the running system.
const deltaScript = `
paths=$(cat)
${freeSpaceScript}
echo boot:
ls /boot/nixos /boot/EFI/nixos /boot/kernels 2>/dev/null
running=$(nix-store --query --requisites /run/current-system 2>/dev/null)
echo missing:
missing=$(printf '%s\\n' "$paths" | xargs nix-store --check-validity --print-invalid) || exit
printf '%s\\n' "$missing"
echo leftover:
printf '%s\\n' "$paths" "$missing" "$missing" "$running" "$running" | sort | uniq -u
`;

/** What a Pi lacks of what is wanted. Changes nothing there and needs no root. */
export async function closureDelta(connection: SshConnection, wanted: Wanted): Promise<ClosureDelta> {
  const { closure, bootFiles = [] } = wanted;
  const stdin = closure.map(({ path }) => `${path}\n`).join('');
  const { stdout } = await connection.run(['/bin/sh', '-c', deltaScript], { stdin, timeoutSeconds: 300 });
  return parseDelta(stdout, closure, bootFiles);
}

/** What the probe printed, against the closure. */
export function parseDelta(text: string, closure: Closure, bootFiles: readonly BootFile[]): ClosureDelta {
  const [, space = '', boot = '', absent = '', idle = ''] =
    /^([^]*?)^boot:$([^]*?)^missing:$([^]*?)^leftover:$([^]*)/m.exec(text) ?? [];
  const [invalid, left] = [new Set(linesOf(absent)), new Set(linesOf(idle))];
  const missing = closure.filter(({ path }) => invalid.has(path));
  return {
    missing,
    leftover: closure.filter(({ path }) => left.has(path)),
    bytes: narBytes(missing),
    bootFiles: bootFilesNotIn(linesOf(boot), bootFiles),
    free: parseFreeSpace(space),
  };
}
