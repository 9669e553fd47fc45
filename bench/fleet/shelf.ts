import { truncate } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import PQueue from 'p-queue';
import { LabError } from '../../lab/errors.ts';
import type { Lab } from '../../lab/lab.ts';
import { lighten } from './light-pi.ts';

/** A Pi that runs, as its owner knows it. */
export interface ShelfPi {
  readonly name: string;
  readonly address: string;
  /** As in known_hosts, without the name. */
  readonly hostKey: string;
}

const cardSizeBytes = 2 * 1024 ** 3;
const firstBootSeconds = 180;

/**
 * Switches Pis on, each for the first time and from a card of its own with the same image. Each makes a host key and a machine id
 * of its own, as real ones do.
 */
export async function makeShelf(lab: Lab, names: readonly string[]): Promise<ShelfPi[]> {
  await lab.up(names);
  const image = await imageOf(lab);
  const queue = new PQueue({ concurrency: 4 });
  return queue.addAll(names.map((name) => () => switchOn(lab, name, image)));
}

/** The lab's own image, unpacked. */
async function imageOf(lab: Lab): Promise<string> {
  const image = path.join(lab.instance.directory, 'bench-shelf.img');
  const configuration = path.join(lab.instance.project, 'hosts/lab/sd-card.nix');
  const build = `nix-build '<nixpkgs/nixos>' -A config.system.build.images.sd-card -I nixos-config="$1" --no-out-link`;
  await succeed(lab, [
    'sh',
    '-euc',
    `zstd -dcqf "$(${build})"/sd-image/*.img.zst > "$2"`,
    'image',
    configuration,
    image,
  ]);
  return image;
}

async function switchOn(lab: Lab, name: string, image: string): Promise<ShelfPi> {
  const pi = lab.pi(name);
  await succeed(lab, ['cp', '--sparse=always', image, pi.place.card]);
  await truncate(pi.place.card, cardSizeBytes);
  await lab.card(name).insert('pi');
  await pi.powerOn();
  const hostKey = await answer(lab, name, ['cat', '/etc/ssh/ssh_host_ed25519_key.pub']);
  await answer(lab, name, ['sudo', 'sh', '-euc', lighten]);
  return { name, address: pi.place.address, hostKey: hostKey.split(' ', 2).join(' ') };
}

async function answer(lab: Lab, name: string, argv: readonly string[]): Promise<string> {
  const deadline = Date.now() + firstBootSeconds * 1000;
  for (;;) {
    const { code, stdout, stderr } = await lab.pi(name).ssh(argv);
    if (code === 0) return stdout.trim();
    if (Date.now() > deadline) throw new LabError(`${name} does not answer: ${stderr}`);
    await sleep(500);
  }
}

/** Runs a command on the workstation. @throws LabError when it fails */
export async function succeed(
  lab: Lab,
  argv: readonly string[],
  options: Parameters<Lab['exec']>[1] = {},
): Promise<string> {
  const { code, stdout, stderr } = await lab.exec(argv, options);
  if (code !== 0) throw new LabError(`${argv.join(' ')} ended with ${String(code)}:\n${stdout}\n${stderr}`);
  return stdout;
}
