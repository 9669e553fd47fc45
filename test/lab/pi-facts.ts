import type { BenchPi } from '../../lab/pi/pi.ts';

/** What a Pi says about itself, asked without any of the provider's code. */
export interface PiFacts {
  readonly current: string;
  readonly profile: string;
  /** `init=` of the default entry, without `/init`. */
  readonly boots: string;
  readonly bootId: string;
}

export async function askPi(pi: BenchPi): Promise<PiFacts> {
  const [current, profile, bootId] = (
    await tell(pi, 'readlink -f /run/current-system /nix/var/nix/profiles/system; cat /proc/sys/kernel/random/boot_id')
  ).split('\n');
  const menu = await tell(pi, 'cat /boot/extlinux/extlinux.conf');
  const entry = menu.slice(menu.indexOf('LABEL nixos-default'));
  const boots = /init=(\S+)\/init/.exec(entry)?.[1] ?? '';
  return { current: current ?? '', profile: profile ?? '', boots, bootId: bootId ?? '' };
}

/** What a shell command on the Pi printed; it has to succeed. */
export async function tell(pi: BenchPi, command: string): Promise<string> {
  const { stdout, stderr, code } = await pi.ssh(['sh', '-c', command]);
  if (code !== 0) throw new Error(`${command} ended with ${String(code)}: ${stderr}`);
  return stdout.trim();
}

/** Waits until a look at the Pi succeeds, for at most a minute. */
export async function eventually<T>(look: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    try {
      return await look();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }
}
