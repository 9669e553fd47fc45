import { writeFileSync } from 'node:fs';
import type { Lab } from '../../lab/lab.ts';
import type { Endpoint } from '../../lab/long-link/proxy.ts';
import { workstationPath } from '../../lab/workstation/root.ts';

/** The Pi's names in the workstation's SSH configuration, for both contestants: over its cable, and over a long link. */
export const hosts = { near: 'pi-near', far: 'pi-far' } as const;
export type Host = (typeof hosts)[keyof typeof hosts];

/**
 * @param hostKey as in known_hosts, without the name
 * @param far where the Pi is reached over the long link
 */
export function writeSshConfig(lab: Lab, hostKey: string, far: Endpoint): void {
  const near = { host: lab.pi().place.address, port: 22 };
  const blocks = [entry(hosts.near, near), entry(hosts.far, far)];
  writeFileSync(workstationPath(lab.machine(), 'root/.ssh/config'), blocks.join('\n'), { mode: 0o600 });
  writeFileSync(workstationPath(lab.machine(), 'root/.ssh/known_hosts'), `pi ${hostKey}\n`);
}

function entry(name: Host, { host, port }: Endpoint): string {
  return `Host ${name}\n  HostName ${host}\n  Port ${String(port)}\n  HostKeyAlias pi\n  User pi\n`;
}
