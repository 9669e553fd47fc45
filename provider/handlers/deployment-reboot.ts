import { type Generation, listGenerations } from '../activation/generations.ts';
import { confirmReboot, rebootInto } from '../activation/reboot.ts';
import type { RunningSystem } from '../activation/running-system.ts';
import { ProvisioningError } from '../errors.ts';
import { failedReboot } from './deployment-failures.ts';
import { waitsForConfirmation } from './deployment-findings.ts';
import type { NixosDeploymentInputs } from './deployment-inputs.ts';
import { type Deployment, deployerOf, partialFailure, reached } from './deployment.ts';

/** A reboot whose deployer died is still to be confirmed: the Pi would go back otherwise, also while it is deployed to. */
export async function confirmPendingReboot({ context, inputs, elevation, contact }: Deployment): Promise<void> {
  const { pendingReboot } = contact.running;
  if (pendingReboot === undefined) return;
  const isOwn = pendingReboot.deployer === deployerOf(context);
  if (!waitsForConfirmation(isOwn ? pendingReboot : inputs, contact.running)) return;
  if (await contact.session.use((connection) => confirmReboot(connection, elevation, pendingReboot.run))) return;
  throw new ProvisioningError({
    what: `${inputs.connection.host} is going back from ${pendingReboot.storePath}: its reboot is confirmed too late.`,
    remedy: 'Wait until it has restarted, then run `pulumi up` again.',
  });
}

/** Whether the Pi is to be restarted now. A system that ran before is not restarted into again only because that is allowed. */
export function rebootIsDue(inputs: NixosDeploymentInputs, installed: RunningSystem, isNew: boolean): boolean {
  const waits = installed.rebootNeeded || installed.currentSystem !== inputs.storePath;
  return { never: false, whenNeeded: waits, always: waits || isNew }[inputs.reboot];
}

/**
 * Restarts the Pi into what is installed.
 *
 * @throws PartialFailure when it does not come up with it, with what runs instead.
 */
export async function reboot(deployment: Deployment, installed: RunningSystem): Promise<RunningSystem> {
  const { context, inputs, elevation, contact } = deployment;
  const sessions = { current: reached(deployment), confirmation: contact.declared };
  const before = await bootedBefore(deployment, installed);
  const result = await rebootInto(context, sessions, elevation, {
    ...inputs,
    previousSystem: before.storePath,
    previousGeneration: before.number,
    deployer: deployerOf(context),
    bootId: installed.bootId,
  });
  if (result.unprotected !== undefined) {
    const { host } = inputs.connection;
    context.log.warn(`${host} could not have gone back by itself after this reboot: ${result.unprotected}.`);
  }
  if (result.outcome === 'rebooted' && result.running !== undefined) return result.running;
  const running = result.running ?? installed;
  throw partialFailure(deployment, failedReboot(inputs, result), { running, address: inputs.connection });
}

/** What to boot again should the new system not come up: of what has booted, what the profile was at last. */
async function bootedBefore(deployment: Deployment, installed: RunningSystem): Promise<Generation> {
  const { profile, generation } = deployment.contact.running;
  if (hasBooted(deployment.contact.running) && profile !== installed.profile)
    return { storePath: profile, number: generation };
  const generations = await reached(deployment).use((connection) => listGenerations(connection));
  const storePath = installed.bootedSystem;
  return { storePath, number: generations.findLast((each) => each.storePath === storePath)?.number ?? 0 };
}

/** Whether the system profile's system is known to come up: it booted, or runs on the kernel that booted. */
export function hasBooted({ profile, bootedSystem, currentSystem, rebootNeeded }: RunningSystem): boolean {
  return profile !== '' && (profile === bootedSystem || (profile === currentSystem && !rebootNeeded));
}
