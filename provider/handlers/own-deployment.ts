import { setTimeout as sleep } from 'node:timers/promises';
import { secondsToEnd, secondsToGoBack } from '../activation/deployment-deadlines.ts';
import { readRunningSystem, type RunningSystem } from '../activation/running-system.ts';
import type { Context } from '../context.ts';
import type { Contact } from './contact.ts';
import type { NixosDeploymentInputs } from './deployment-inputs.ts';

/**
 * What a Pi runs when it has ended what this deployer began before: it goes on also when the deployer is killed, and what it
 * runs meanwhile it may go back from. Somebody else's deployment is not waited for, and one that does not end in time is
 * refused as any other that is under way.
 *
 * @param deployer as the Pi's record names it
 */
export async function afterOwnDeployment(
  context: Context,
  inputs: NixosDeploymentInputs,
  deployer: string,
  contact: Contact,
): Promise<RunningSystem> {
  const deadline = performance.now() + (secondsToEnd(inputs) + secondsToGoBack(inputs)) * 1000;
  let { running } = contact;
  while (isDoing(running, deployer) && performance.now() < deadline) {
    const system = running.lastDeployment?.storePath ?? '';
    context.progress(`waiting for ${inputs.connection.host} to end this stack's last deployment, of ${system}`);
    await sleep(1000, undefined, { signal: context.signal });
    running = await contact.session.use((connection) => readRunningSystem(connection));
  }
  return running;
}

function isDoing({ lastDeployment }: RunningSystem, deployer: string): boolean {
  return lastDeployment !== undefined && lastDeployment.outcome === undefined && lastDeployment.deployer === deployer;
}
