import { blankCardInReader } from '../blank-card.ts';
import { eventually, askPi, tell } from '../pi-facts.ts';
import type { Bench } from './bench.ts';

/** What a command printed that was killed. */
const log = 'killed.log';

/** What somebody does between two blocks of commands, by the words of the comment above the second one. */
export const hands: Readonly<Record<string, (bench: Bench) => Promise<unknown>>> = {
  'htop is added to the configuration': (bench) => addPackage(bench, 'htop'),

  'the message of the day is changed in hosts/common': ({ project }) =>
    project.edit('hosts/common/default.nix', (text) =>
      text.replace(/\n\}\n$/, '\n  environment.etc.motd.text = "Welcome.";\n}\n'),
    ),

  'your ssh knows the host key of the garage': ({ project }) =>
    project.run(
      'sh',
      '-c',
      'mkdir -p ~/.ssh; echo "attic.local $(pulumi stack output hostPublicKey --stack attic)" >> ~/.ssh/known_hosts',
    ),

  'the configuration does without its channel': ({ project }) =>
    project.edit('hosts/porch/configuration.nix', (text) => text.replace('<nixos-hardware/raspberry-pi/4>', '')),

  'the cellar has its configuration and its hardware configuration': ({ project }) =>
    project.run('cp', '-r', 'hosts/garage', 'hosts/cellar'),

  'somebody activated an older generation at the Pi': ({ lab }) =>
    tell(lab.pi('kitchen'), 'sudo /nix/var/nix/profiles/system-2-link/bin/switch-to-configuration test'),

  'the Pi is switched off and its card is in the reader': async ({ lab }) => {
    await lab.pi('kitchen').powerOff();
    await lab.card('kitchen').insert('reader');
  },

  'the configuration gives the login a password that sudo asks for': async ({ lab, project }) => {
    await eventually(() => askPi(lab.pi('kitchen')));
    const hash = await project.run('openssl', 'passwd', '-6', 'correct-horse');
    await project.edit('hosts/kitchen/configuration.nix', (text) =>
      text
        .replace(/^\{ pkgs, \.\.\. \}:/m, '{ lib, pkgs, ... }:')
        .replace(
          /\n\}\n$/,
          `\n  users.mutableUsers = false;\n  users.users.pi.hashedPassword = "${hash}";\n  security.sudo.wheelNeedsPassword = lib.mkForce true;\n}\n`,
        ),
    );
  },

  'pulumi up is killed in the middle': async (bench) => {
    const { lab, project } = bench;
    await addPackage(bench, 'tmux');
    const [wait, waits] = ['/dev/shm/wait', '/dev/shm/waits'];
    const standStill = `if [ -e ${wait} ]; then touch ${waits}; while [ -e ${wait} ]; do sleep 0.1; done; fi`;
    await project.edit('hosts/kitchen/configuration.nix', (text) =>
      text.replace(/\n\}\n$/, `\n  system.activationScripts.standStill = "${standStill}";\n}\n`),
    );
    const pi = lab.pi('kitchen');
    await tell(pi, `touch ${wait}`);
    await killed(bench, 'pulumi up --skip-preview', () => tell(pi, `test -e ${waits}`));
    await tell(pi, `rm ${wait}`);
  },

  'pulumi up is killed while it creates a deployment': async (bench) => {
    const { lab, project } = bench;
    // It looks for the Pi until it is killed.
    await lab.link('kitchen', 'down');
    await killed(bench, "pulumi up --skip-preview --replace '**NixosDeployment::*'", () =>
      project.run('grep', '--quiet', 'NixosDeployment kitchen creating', log),
    );
    await lab.link('kitchen', 'up');
  },

  'a health check that cannot succeed is asked for': async (bench) => {
    await addPackage(bench, 'hello');
    await bench.project.succeed('config', 'set', '--path', 'healthChecks[0]', 'systemctl is-active nginx');
    await bench.project.succeed('config', 'set', 'healthCheckTimeoutSeconds', '3');
  },

  'the health check is taken back': ({ project }) => project.succeed('config', 'rm', '--path', 'healthChecks[0]'),

  'the garage has another host key': async ({ lab, project }) => {
    await project.edit('hosts/garage/configuration.nix', (text) =>
      text.replace('[ pkgs.neovim', '[ pkgs.neovim pkgs.htop'),
    );
    const key = '/etc/ssh/ssh_host_ed25519_key';
    const pi = lab.pi('attic');
    await tell(pi, `sudo rm ${key} ${key}.pub && sudo ssh-keygen -q -t ed25519 -N "" -f ${key}`);
    await tell(pi, 'sudo systemctl restart sshd').catch(() => undefined);
    await eventually(() => tell(pi, 'true'));
  },

  'the state of the porch is lost': ({ project }) =>
    project.run('sh', '-c', 'rm ~/.pulumi/stacks/nixos-pi/porch.json*'),

  'index.ts protects the card': ({ project }) =>
    project.edit('index.ts', (text) =>
      `import { protectCard } from './protect.ts';\n${text}`.replace(
        'aliases:',
        'transformations: [protectCard], aliases:',
      ),
    ),

  'a stack whose card lies in the reader': async ({ lab, project }) => {
    await blankCardInReader(lab, 'porch');
    await project.succeed('stack', 'rm', '--yes', '--force', '--preserve-config', 'porch');
    await project.succeed('stack', 'init', 'porch');
    await project.succeed('config', 'rm', 'hostKey');
    await project.succeed('config', 'set', 'cardDevice', lab.card('porch').device);
  },
};

function addPackage({ project }: Bench, name: string): Promise<void> {
  return project.edit('hosts/kitchen/configuration.nix', (text) =>
    text.replace('[ pkgs.neovim', `[ pkgs.neovim pkgs.${name}`),
  );
}

/** Starts a command for the kitchen on the workstation and kills it, as a crash would, as soon as a look succeeds. */
async function killed({ project }: Bench, command: string, look: () => Promise<unknown>): Promise<void> {
  await project.succeed('stack', 'select', 'kitchen');
  const pid = await project.run('sh', '-c', `${command} > ${log} 2>&1 < /dev/null & echo $!`);
  try {
    await eventually(look);
  } finally {
    await project.run('kill', '-KILL', pid);
  }
  await project.run('rm', log);
}
