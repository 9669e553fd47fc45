import type { RunningSystem } from '../activation/running-system.ts';
import { isKnownGeneration } from './deployment-guards.ts';
import type { NixosDeploymentInputs, NixosDeploymentOutputs } from './deployment-inputs.ts';

/** What a preview knows: what is wanted, what was recorded, and what runs now. */
export interface Findings {
  readonly host: string;
  /** A value that is not known yet is missing. */
  readonly inputs: Partial<NixosDeploymentInputs>;
  /** Undefined for a Pi that this stack has not deployed to. */
  readonly recorded: NixosDeploymentOutputs | undefined;
  /** Undefined for a Pi that could not be looked at. */
  readonly running: RunningSystem | undefined;
  /** Why the Pi could not go back by itself after a reboot, for one that will be restarted; undefined where it could. */
  readonly unprotected?: string | undefined;
}

/** What a preview tells about the Pi, a line each; none when all is as it was recorded and nothing is to do. */
export function describeFindings(findings: Findings): string[] {
  const { running } = findings;
  if (running === undefined) return [unreachable(findings)];
  const lines = [
    drift(findings, running),
    takeover(findings, running),
    lastDeployment(findings, running),
    rebootWaits(findings, running),
    kernelChange(findings, running),
    risk(findings, running),
  ];
  return lines.filter((line) => line !== undefined);
}

function unreachable({ host, inputs, recorded }: Findings): string {
  return recorded !== undefined && inputs.storePath === recorded.storePath
    ? `${host} could not be looked at: what it runs now is not known; shown is what was recorded.`
    : `${host} could not be looked at: the deployment is pending until it answers.`;
}

/** Somebody or something else changed what runs. */
function drift({ host, recorded }: Findings, running: RunningSystem): string | undefined {
  if (recorded === undefined || running.currentSystem === recorded.storePath) return undefined;
  return `${host} runs ${running.currentSystem} now; ${recorded.storePath} was recorded.`;
}

function takeover({ host, inputs, recorded }: Findings, running: RunningSystem): string | undefined {
  if (isKnownGeneration(inputs, recorded, running)) return undefined;
  const what = `${host} runs ${running.currentSystem}, which this stack did not deploy`;
  return inputs.adopt === true
    ? `${what}; it is replaced, as \`adopt\` says.`
    : `${what}: without \`adopt: true\` it is not replaced.`;
}

/** What became of an attempt that this machine may have lost sight of. */
function lastDeployment({ host, inputs, recorded }: Findings, running: RunningSystem): string | undefined {
  const last = running.lastDeployment;
  if (last?.outcome === undefined || !unkept.has(last.outcome)) return undefined;
  if (last.storePath === running.currentSystem || (recorded === undefined && inputs.flashId === undefined))
    return undefined;
  const reason = last.reason === '' ? '' : `: ${last.reason.split('\n', 1).join('')}`;
  return `The last deployment to ${host}, of ${last.storePath} by ${last.deployer}, was ${unkept.get(last.outcome) ?? ''}${reason}.`;
}

/** Whether the wanted system runs after a reboot that nobody has confirmed: the Pi goes back unless a deployment does. */
export function waitsForConfirmation({ storePath }: Partial<NixosDeploymentInputs>, running: RunningSystem): boolean {
  const { pendingReboot, bootedSystem, currentSystem } = running;
  return [pendingReboot?.storePath, bootedSystem, currentSystem].every(
    (each) => each !== undefined && each === storePath,
  );
}

function rebootWaits({ host, inputs }: Findings, running: RunningSystem): string | undefined {
  if (!waitsForConfirmation(inputs, running)) return undefined;
  return `${host} restarted into ${running.currentSystem}, and waits for a confirmation: \`pulumi up\` gives it, without it ${host} goes back.`;
}

const unkept = new Map<string, string>([
  ['rolled-back', 'taken back'],
  ['rebooted-back', 'taken back by a restart'],
  ['interrupted', 'cut off'],
  ['failed', 'not taken back: look at the Pi'],
]);

function kernelChange({ inputs }: Findings, running: RunningSystem): string | undefined {
  const now = running.bootedKernelVersion;
  if (inputs.evaluatedKernel === undefined || now === '' || !isActivated(inputs, running)) return undefined;
  if (inputs.evaluatedKernel === now) return undefined;
  const then = (inputs.reboot ?? 'never') === 'never' ? 'it takes effect with a reboot' : 'the Pi is restarted for it';
  return `kernel ${now} → ${inputs.evaluatedKernel}: ${then}.`;
}

/** What a reboot risks: extlinux starts its default entry again and again, it has no entry for one try. */
function risk({ host, inputs, unprotected }: Findings, running: RunningSystem): string | undefined {
  if (!restarts(inputs) || !isActivated(inputs, running)) return undefined;
  return unprotected === undefined
    ? `Not protected: should the new system not even start its services after the reboot, ${host} does not go back by itself.`
    : `Not protected: should the new system not be reached after the reboot, ${host} does not go back by itself, since ${unprotected}.`;
}

/** Whether a deployment restarts the Pi, or leaves that to someone. */
export function restarts({ goal, reboot = 'never' }: Partial<NixosDeploymentInputs>): boolean {
  return goal === 'boot' || reboot !== 'never';
}

function isActivated({ storePath }: Partial<NixosDeploymentInputs>, running: RunningSystem): boolean {
  return storePath !== undefined && storePath !== running.currentSystem;
}
