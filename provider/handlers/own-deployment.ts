import { setTimeout as sleep } from 'node:timers/promises';
import { secondsToEnd, secondsToGoBack } from '../activation/deployment-deadlines.ts';
import { readRunningSystem, type RunningSystem } from '../activation/running-system.ts';
import type { Context } from '../context.ts';
import { UnreachableError } from '../ssh/connection.ts';
import { type Contact, endContact, reach, type Whereabouts } from './contact.ts';
import type { NixosDeploymentInputs } from './deployment-inputs.ts';

/**
 * A Pi when it has ended what this deployer began before: it goes on also when the deployer is killed, and what it runs meanwhile
 * it may go back from, also to another address. Somebody else's deployment is not waited for, and one that does not end in time
 * is refused as any other that is under way.
 *
 * @param deployer as the Pi's record names it
 * @param contact is ended where another one takes its place, and when this fails
 */
export async function afterOwnDeployment(
  context: Context,
  inputs: NixosDeploymentInputs & Whereabouts,
  deployer: string,
  contact: Contact,
): Promise<Contact> {
  const deadline = performance.now() + (secondsToEnd(inputs) + secondsToGoBack(inputs)) * 1000;
  let found = contact;
  try {
    while (isDoing(found.running, deployer) && performance.now() < deadline) {
      const system = found.running.lastDeployment?.storePath ?? '';
      context.progress(`waiting for ${inputs.connection.host} to end this stack's last deployment, of ${system}`);
      await sleep(1000, undefined, { signal: context.signal });
      found = await lookAgain(context, inputs, found);
    }
    return found;
  } catch (error) {
    endContact(found);
    throw error;
  }
}

/** Where it does not answer any more, it may have gone back to its address of before. */
async function lookAgain(context: Context, whereabouts: Whereabouts, contact: Contact): Promise<Contact> {
  try {
    const running = await contact.session.use((connection) => readRunningSystem(connection));
    return { ...contact, running, at: performance.now() };
  } catch (error) {
    if (!(error instanceof UnreachableError)) throw error;
    endContact(contact);
    return await reach(context, whereabouts);
  }
}

function isDoing({ lastDeployment }: RunningSystem, deployer: string): boolean {
  return lastDeployment !== undefined && lastDeployment.outcome === undefined && lastDeployment.deployer === deployer;
}
