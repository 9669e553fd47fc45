import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { treeDirectory } from '../../lab/debian/tree.ts';
import type { Lab } from '../../lab/lab.ts';
import { run } from '../../lab/run.ts';
import { insideWorkstation } from '../../lab/workstation/environment.ts';
import { Workplace } from './workplace.ts';

const channels = '/nix/var/nix/profiles/per-user';

/** Prints nothing; leaves a Nix store in $1 that has the channels of the workstation's and nothing else. */
const makeStore = `
mkdir -p "$1" && cp --archive "$2/nix" "$1/nix"
nix copy --no-check-sigs --to "local?root=$1" $(readlink -f ${channels}/root/channels/*)
cp --archive --no-target-directory ${channels} "$1${channels}"`;

/** argv before a command: another name, another store, no card readers. */
const around = (home: string): string[] => [
  ...['unshare', '--mount', '--uts', 'sh', '-euc'],
  'hostname "$0"; mount --bind "$1/nix" /nix; for each in /dev/disk /root/.local; do mount -t tmpfs tmpfs $each; done; shift; exec "$@"',
  ...['runner', home],
];

/**
 * A second machine for whom works on a checkout: with a name, a home and a Nix store of its own, and without card readers.
 *
 * @param home where it is, a folder of the lab
 * @param from the checkout that is cloned
 */
export async function secondMachine(lab: Lab, home: string, from: string): Promise<Workplace> {
  const here = async (...argv: string[]) => {
    await run(insideWorkstation(lab.machine(), argv));
  };
  await mkdir(home, { recursive: true });
  await here('cp', '--recursive', '/root/.ssh', '/root/.config', home);
  await here('sh', '-euc', makeStore, 'make-store', home, treeDirectory(lab.instance.cache));
  await here('git', 'clone', '--quiet', from, path.join(home, 'checkout'));
  const env = { HOME: home, PULUMI_HOME: path.join(home, '.pulumi') };
  return new Workplace(lab, path.join(home, 'checkout'), env, around(home));
}
