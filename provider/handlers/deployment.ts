import type { RunningSystem } from '../activation/running-system.ts';
import type { Context } from '../context.ts';
import { PartialFailure, type Problem } from '../errors.ts';
import { gcRootFor } from '../nix/gc-root.ts';
import type { Elevation } from '../ssh/elevate.ts';
import type { SshSession } from '../ssh/session.ts';
import { personHere } from '../values/person.ts';
import type { Contact, Sighting } from './contact.ts';
import { type NixosDeploymentInputs, type NixosDeploymentOutputs, recordedFacts } from './deployment-inputs.ts';

/** A deployment that the state knows already. */
export interface Former {
  readonly id: string;
  readonly outputs: NixosDeploymentOutputs;
}

/** What one deployment is made with. */
export interface Deployment {
  readonly context: Context;
  readonly inputs: NixosDeploymentInputs;
  readonly elevation: Elevation;
  readonly former: Former | undefined;
  readonly contact: Contact;
}

/** Where the Pi is now. What only boots next has not moved it yet. */
export function reached({ inputs, contact }: Deployment): SshSession {
  return inputs.goal === 'boot' ? contact.session : contact.declared;
}

/** The state records what runs, and the address at which the Pi was found. */
export function partialFailure(
  deployment: Deployment,
  problem: Problem,
  { running, address }: Pick<Sighting, 'running' | 'address'>,
): PartialFailure {
  const outputs = { ...outputsOf(deployment, running), connection: address };
  return new PartialFailure(problem, deployment.former?.id ?? running.machineId, outputs);
}

export function outputsOf({ inputs, former, contact }: Deployment, after: RunningSystem): NixosDeploymentOutputs {
  const before = contact.running.currentSystem;
  const previousStorePath = before === after.currentSystem ? (former?.outputs.previousStorePath ?? '') : before;
  return { ...inputs, previousStorePath, ...recordedFacts(after) };
}

/** Who deploys, for whoever finds the Pi busy, and for the Pi's record. */
export function deployerOf({ urn }: Context): string {
  const [, stack] = /^urn:pulumi:([^:]+)::/.exec(urn ?? '') ?? [];
  return stack === undefined ? personHere() : `stack ${stack}, ${personHere()}`;
}

// A replacement has the same URN, and is there before the deployment that it replaces is deleted.
export function systemGcRoot(context: Context, inputs: NixosDeploymentInputs): string {
  return gcRootFor(`${context.urn ?? inputs.connection.host} ${inputs.flashId ?? ''}`, 'system');
}
