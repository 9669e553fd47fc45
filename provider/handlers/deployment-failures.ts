import type { RebootResult } from '../activation/reboot.ts';
import type { RunningSystem } from '../activation/running-system.ts';
import type { DeploymentResult } from '../activation/supervise.ts';
import type { Problem } from '../errors.ts';
import type { NixosDeploymentInputs } from './deployment-inputs.ts';

/** What a person is told when the Pi refused a deployment before anything was changed. */
export function refusedDeployment(inputs: NixosDeploymentInputs, result: DeploymentResult): Problem {
  const { host } = inputs.connection;
  return {
    what: `${host} was not deployed to, and nothing was changed on it. ${sentence(result.reason)}`,
    ...ofLog(result),
    remedy:
      refusalRemedies.get(result.code) ?? 'Run `pulumi up` again, where somebody else deploys when that has ended.',
  };
}

const byReboot =
  'This system can only be started by a reboot: set `goal` to `boot` and `reboot` to `whenNeeded`, and run `pulumi up` again.';

// Exit codes of switch-to-configuration, and 127, a shell's own, where there is none; see supervisor-script.ts.
const refusalRemedies = new Map([
  [
    1,
    'What the check says stands above: mend that. If it forbids only a switch while the system runs, set `goal` to `boot` and `reboot` to `whenNeeded`.',
  ],
  [100, byReboot],
  [127, 'Set `system.switch.enable = true` in its configuration, which is the default, and run `pulumi up` again.'],
]);

/** A deployment after which the Pi has to be looked at: it was changed, or may have been. */
export type FailedDeployment = DeploymentResult & { readonly outcome: FailedOutcome };

type FailedOutcome = Exclude<DeploymentResult['outcome'], 'activated' | 'tested' | 'installed' | 'refused'>;

const otherOutcomes: readonly string[] = ['activated', 'tested', 'installed', 'refused'] satisfies Exclude<
  DeploymentResult['outcome'],
  FailedOutcome
>[];

export function isFailed(result: DeploymentResult): result is FailedDeployment {
  return !otherOutcomes.includes(result.outcome);
}

/** What a person is told when a deployment was taken back or cut off. */
export function failedDeployment(
  inputs: NixosDeploymentInputs,
  result: FailedDeployment,
  after: RunningSystem | undefined,
): Problem {
  const { host } = inputs.connection;
  const old = after?.currentSystem ?? 'what ran before';
  const runs = after === undefined ? 'it did not answer afterwards' : `it runs ${old} now`;
  const because = reasonOf(result);
  const what: Readonly<Record<FailedOutcome, string>> = {
    'rolled-back': `${host} went back to ${old}, and ${inputs.storePath} is not deployed.`,
    'rebooted-back': `${host} restarted to go back to ${old}, and ${inputs.storePath} is not deployed.`,
    interrupted: `The deployment of ${inputs.storePath} on ${host} was cut off before it ended; ${runs}.`,
    failed: `${inputs.storePath} could not be deployed on ${host}; ${runs}.`,
  };
  const text = because === '' ? what[result.outcome] : `${what[result.outcome]} ${because}`;
  return { what: text, ...ofLog(result), remedy: remedyFor(result) };
}

/** What a person is told when a Pi did not come back from its reboot with the new system. */
export function failedReboot(inputs: NixosDeploymentInputs, { outcome, running, reason }: RebootResult): Problem {
  const { host } = inputs.connection;
  const because = reason === '' ? '' : ` ${sentence(reason)}`;
  if (outcome === 'fell-back' && running !== undefined) {
    return {
      what: `${host} restarted, but not into ${inputs.storePath}: it runs ${running.currentSystem}.${because}`,
      remedy: `Look at the boot that failed: \`journalctl -b -1\` on ${host}. If the Pi was only slow to be reached, raise \`confirmTimeoutSeconds\`; else mend the configuration. Then run \`pulumi up\` again; the state records what really runs.`,
    };
  }
  const seconds = 2 * inputs.rebootTimeoutSeconds + inputs.confirmTimeoutSeconds;
  return {
    what: `${host} did not come up with ${inputs.storePath} within ${String(seconds)} s (twice \`rebootTimeoutSeconds\`, since going back is a restart too, and \`confirmTimeoutSeconds\`).${because}`,
    remedy: `Wait some minutes: a system that starts but cannot be reached goes back by itself. Then switch ${host} off and on. If it does not come up at all, boot an older generation from its boot menu, at its screen, or put the card into a reader and name the older entry as DEFAULT in extlinux/extlinux.conf.`,
  };
}

/** Units that failed to start, though the system was kept. */
export function describeFailedUnits(host: string, result: DeploymentResult): string {
  const hint = '(`rollbackOnFailedUnits` would go back)';
  const { failedUnits } = result;
  if (failedUnits.length === 0)
    return `${host} runs the new system, but not all of it ${hint}. ${reasonOf(result)}\n${indented(endOfLog(result))}`;
  const units = failedUnits.map(({ name, journal }) => `${name}\n${indented(journal)}`).join('\n');
  return `${host} runs the new system, but some units failed ${hint}:\n${units}`;
}

function remedyFor({ outcome, failedUnits }: DeploymentResult): string {
  if (outcome === 'interrupted') return 'Run `pulumi up` again; the state records what really runs.';
  const look = failedUnits.length > 0 ? 'Look at the units that failed, mend' : 'Mend';
  return `${look} the configuration and run \`pulumi up\` again; the state records what really runs.`;
}

/** A user's own units are named in the log only. */
function reasonOf({ reason }: DeploymentResult): string {
  const named = reason.replace(/^units failed:[ ]*$/m, 'units of a user who is logged in failed; the log names them');
  return named.trim() === '' ? '' : sentence(named);
}

function ofLog(result: DeploymentResult): { original?: string } {
  const journals = result.failedUnits.map(({ name, journal }) => `${name}\n${indented(journal)}`);
  const text = [endOfLog(result), ...journals].join('\n').trim();
  return text === '' ? {} : { original: text };
}

function endOfLog({ log }: DeploymentResult): string {
  return log.trimEnd().split('\n').slice(-30).join('\n');
}

function sentence(text: string): string {
  return /[.!?]$/.test(text.trim()) ? capital(text.trim()) : `${capital(text.trim())}.`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function indented(text: string): string {
  return text
    .split('\n')
    .map((line) => `  ${line}`)
    .join('\n');
}
