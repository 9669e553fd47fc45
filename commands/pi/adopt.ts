import { resolveKnownHost } from '../../provider/ssh/known-host-key.ts';
import { requireHostName } from './host-name.ts';
import { type PiOptions, makePi, nextCommands } from './new.ts';

export interface AdoptOptions extends PiOptions {
  /** Its public SSH host key; default: the one that the user's own ssh knows. */
  readonly hostKey?: string;
}

/**
 * Makes the stack of a Pi that runs NixOS already, and its configuration, which is to replace what runs there. Nothing is sent to the
 * Pi.
 *
 * @param project directory of Pulumi.yaml
 * @param tell told what was done and what comes next, a line each
 * @throws ProvisioningError before anything is written, when the name cannot be one or is taken, or the host key is not known.
 */
export async function adoptPi(
  project: string,
  name: string,
  options: AdoptOptions,
  tell: (line: string) => void,
): Promise<void> {
  requireHostName(name);
  const { host = `${name}.local`, user, hostKey } = options;
  const target = await resolveKnownHost({ host, user, ...(hostKey !== undefined && { hostKey }) });
  const { algorithm, base64 } = target.hostKey;
  const config = { hostKey: `${algorithm} ${base64}`, adopt: 'true' };
  await makePi(project, name, options, { config, files: ['configuration.nix'] });
  tell(`hosts/${name}/configuration.nix and the stack ${name} are there; the Pi was not touched.`);
  tell(
    'Make it what the Pi is to run, with the system.stateVersion that it has: what is not in there is gone afterwards.',
  );
  tell(nextCommands(name));
  tell(`  pulumi config rm adopt --stack ${name}   # afterwards: what others activate there is not replaced unasked`);
}
