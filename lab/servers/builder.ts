import { writeFileSync } from 'node:fs';
import type { Lab } from '../lab.ts';
import { emulateForServer } from '../workstation/emulation.ts';
import type { Server } from './server.ts';

const settings = `
sandbox = false
substituters =
build-users-group = nixbld
extra-platforms = aarch64-linux
trusted-users = root builder
`;

/**
 * Starts sshd and Nix on a server, which builds for aarch64. Its login `builder` is one that its Nix trusts, and takes the key of the
 * person at the workstation.
 */
export async function startBuilder(lab: Lab, server: Server): Promise<void> {
  await emulateForServer(lab.machine());
  await server.run(['useradd', '--create-home', '--shell', '/bin/bash', 'builder']);
  await server.run(['install', '-d', '-m', '700', '-o', 'builder', '-g', 'builder', '/home/builder/.ssh']);
  const { stdout: key } = await lab.exec(['cat', '/root/.ssh/id_ed25519.pub']);
  writeFileSync(server.path('/home/builder/.ssh/authorized_keys'), `${key}\n`);
  await server.run(['chown', 'builder', '/home/builder/.ssh/authorized_keys']);
  writeFileSync(server.path('/etc/nix/nix.conf'), settings);
  await server.run(['ssh-keygen', '-A']);
  await server.run(['mkdir', '-p', '/run/sshd', '/nix/var/nix/daemon-socket']);
  // On NixOS the daemon's socket is for every login, on Debian for a group.
  await server.run(['chmod', '755', '/nix/var/nix/daemon-socket']);
  await server.start(['nix-daemon']);
  await server.start(['/usr/sbin/sshd', '-D', '-e']);
  await server.until(['bash', '-c', 'test -S /nix/var/nix/daemon-socket/socket && : < /dev/tcp/127.0.0.1/22']);
}
