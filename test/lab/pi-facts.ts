import type { BenchPi } from '../../lab/pi/pi.ts';
import type { RunResult } from '../../lab/run.ts';

/** What a Pi says about itself, asked without any of the provider's code. */
export interface PiFacts {
  readonly current: string;
  readonly profile: string;
  /** `init=` of the default entry, without `/init`. */
  readonly boots: string;
  readonly bootId: string;
}

/** Over SSH, as its owner would: it has to be reachable. */
export function askPi(pi: BenchPi): Promise<PiFacts> {
  return factsFrom((command) => tell(pi, command));
}

/** At its keyboard, whether it can be reached or not. */
export function askAtTheConsole(pi: BenchPi): Promise<PiFacts> {
  return factsFrom((command) => tellAtTheConsole(pi, command));
}

async function factsFrom(ask: (command: string) => Promise<string>): Promise<PiFacts> {
  const [current, profile, bootId] = (
    await ask('readlink -f /run/current-system /nix/var/nix/profiles/system; cat /proc/sys/kernel/random/boot_id')
  ).split('\n');
  const menu = await ask('cat /boot/extlinux/extlinux.conf');
  const entry = menu.slice(menu.indexOf('LABEL nixos-default'));
  const boots = /init=(\S+)\/init/.exec(entry)?.[1] ?? '';
  return { current: current ?? '', profile: profile ?? '', boots, bootId: bootId ?? '' };
}

/** A shell command that prints how many bytes are free for the Pi's store, for everyone but root. */
export const freeBytes = `df -P -B1 /nix/store | tail -n 1 | tr -s ' ' | cut -d ' ' -f 4`;

/** A shell command that prints `there` or `absent`. */
export const whetherThere = (file: string): string => `if [ -e ${file} ]; then echo there; else echo absent; fi`;

/** What a shell command on the Pi printed; it has to succeed. */
export async function tell(pi: BenchPi, command: string): Promise<string> {
  return printed(command, await pi.ssh(['sh', '-c', command]));
}

/** The same as root at its keyboard, whatever its network does; a system has to run on it. */
export async function tellAtTheConsole(pi: BenchPi, command: string): Promise<string> {
  return printed(command, await pi.console(['sh', '-c', command]));
}

function printed(command: string, { stdout, stderr, code }: RunResult): string {
  if (code !== 0) throw new Error(`${command} ended with ${String(code)}: ${stderr}`);
  return stdout.trim();
}

/** Waits until a look at the Pi succeeds, by default for at most two minutes: a busy machine takes long to boot another. */
export async function eventually<T>(look: () => Promise<T>, minutes = 2): Promise<T> {
  const deadline = Date.now() + minutes * 60_000;
  for (;;) {
    try {
      return await look();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }
}
