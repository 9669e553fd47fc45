import { copyFileSync, existsSync, globSync, mkdirSync, readFileSync, writeFileSync, chmodSync } from 'node:fs';
import path from 'node:path';
import type { Instance } from '../instance.ts';
import type { Machine } from '../machine/machine.ts';
import { run } from '../run.ts';
import { insideWorkstation } from './environment.ts';
import { workstationPath } from './root.ts';

/** The key of the person at the workstation, for `instance`. */
function privateKeyFile(instance: Instance): string {
  return path.join(instance.directory, 'ssh/id_ed25519');
}

/**
 * Gives the workstation its SSH key. hosts/lab/id_ed25519.pub, which the lab's configurations authorise, belongs to the
 * checkout: so the labs of one checkout share the pair, and a new one is made only where nobody has the private half.
 */
export async function ensureSshKey(machine: Machine): Promise<void> {
  const { instance } = machine;
  const key = privateKeyFile(instance);
  const authorised = path.join(instance.project, 'hosts/lab/id_ed25519.pub');
  mkdirSync(path.dirname(key), { recursive: true, mode: 0o700 });
  if (!matches(key, authorised)) {
    const known = globSync(path.join(instance.project, '.lab*/ssh/id_ed25519')).find((file) =>
      matches(file, authorised),
    );
    if (known !== undefined) copyPair(known, key);
    else if (!existsSync(key))
      await run(insideWorkstation(machine, ['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', 'lab', '-f', key]));
  }
  mkdirSync(path.dirname(authorised), { recursive: true });
  if (!matches(key, authorised)) writeFileSync(authorised, readFileSync(`${key}.pub`));
  mkdirSync(workstationPath(machine, 'root/.ssh'), { recursive: true, mode: 0o700 });
  copyPair(key, workstationPath(machine, 'root/.ssh/id_ed25519'));
}

function matches(key: string, authorised: string): boolean {
  if (!existsSync(key) || !existsSync(`${key}.pub`) || !existsSync(authorised)) return false;
  return readFileSync(`${key}.pub`, 'utf8') === readFileSync(authorised, 'utf8');
}

function copyPair(from: string, to: string): void {
  copyFileSync(from, to);
  copyFileSync(`${from}.pub`, `${to}.pub`);
  chmodSync(to, 0o600);
}
