import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Instance } from '../instance.ts';
import { insideMachine } from '../machine/machine.ts';
import type { Machine } from '../machine/machine.ts';
import { workstationRoot } from './root.ts';

const channels = '/nix/var/nix/profiles/per-user/root/channels';

/** The environment in which a plain `pulumi preview` and `nix-build` just work. */
function workstationEnvironment(instance: Instance): Record<string, string> {
  const at = (name: string): string => path.join(instance.directory, name);
  const programs = [
    at('bin'),
    path.join(instance.project, 'node_modules/node/bin'),
    path.join(instance.project, 'node_modules/.bin'),
  ];
  return {
    HOME: '/root',
    USER: 'root',
    LANG: 'C.UTF-8',
    TERM: process.env['TERM'] ?? 'dumb',
    PATH: [...programs, '/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin'].join(':'),
    NIX_PATH: `nixpkgs=${channels}/nixpkgs:nixos-hardware=${channels}/nixos-hardware`,
    NIXOS_PI_LAB: instance.directory,
    PULUMI_BACKEND_URL: `file://${at('state')}`,
    PULUMI_HOME: at('pulumi-home'),
    PULUMI_CONFIG_PASSPHRASE_FILE: at('passphrase'),
    PULUMI_SKIP_UPDATE_CHECK: 'true',
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: 'true',
  };
}

/** What that environment points to: the state backend, and a passphrase that nobody has to remember. */
export function prepareEnvironment(instance: Instance): void {
  for (const name of ['bin', 'state', 'pulumi-home'])
    mkdirSync(path.join(instance.directory, name), { recursive: true });
  const passphrase = path.join(instance.directory, 'passphrase');
  if (!existsSync(passphrase)) writeFileSync(passphrase, randomBytes(24).toString('base64url'), { mode: 0o600 });
}

export interface ExecOptions {
  /** Default: the project. */
  readonly cwd?: string;
  /** Added to the workstation's environment. */
  readonly env?: Readonly<Record<string, string>>;
}

/** argv that runs a command on the workstation; the command ends with whoever started it. */
export function insideWorkstation(machine: Machine, argv: readonly string[], options: ExecOptions = {}): string[] {
  const { instance } = machine;
  const environment = { ...workstationEnvironment(instance), ...options.env };
  const assignments = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
  const directory = options.cwd ?? instance.project;
  return insideMachine(machine, [
    ...['chroot', workstationRoot(instance)],
    ...['/usr/bin/env', '--ignore-environment', `--chdir=${directory}`, ...assignments],
    ...['/usr/bin/setpriv', '--pdeathsig', 'TERM', '--', ...argv],
  ]);
}
