// Runs one deployment as the provider does, on the workstation: node supervise-driver.ts SETTINGS (JSON); prints the result.
import { supervise } from '../../provider/activation/supervise.ts';
import type { SupervisedDeployment } from '../../provider/activation/supervised-deployment.ts';
import type { Context } from '../../provider/context.ts';
import { messageOf } from '../../provider/errors.ts';
import { SshSession } from '../../provider/ssh/session.ts';
import { resolveSshTarget, type SshTargetInputs } from '../../provider/ssh/target.ts';

export interface DriverSettings {
  readonly current: SshTargetInputs;
  /** Default: as `current`. */
  readonly confirmation?: SshTargetInputs;
  readonly sudoPassword?: string;
  readonly deployment: SupervisedDeployment;
}

const settings = JSON.parse(process.argv[2] ?? '') as DriverSettings;
const cancelled = new AbortController();
process.on('SIGUSR2', () => {
  cancelled.abort();
});
const context: Context = {
  log: { info: tell, warn: tell },
  progress: tell,
  signal: cancelled.signal,
  urn: undefined,
};

const current = new SshSession(context, await resolveSshTarget(settings.current), 60);
const confirmation = new SshSession(
  context,
  await resolveSshTarget(settings.confirmation ?? settings.current),
  settings.deployment.confirmTimeoutSeconds,
);
try {
  const elevation = { sudoPassword: settings.sudoPassword };
  // These tests bring the systems there themselves.
  const deliverAgain = () => Promise.resolve();
  const result = await supervise(context, { current, confirmation }, elevation, settings.deployment, deliverAgain);
  process.stdout.write(`${JSON.stringify(result)}\n`);
} catch (error) {
  process.stdout.write(`${JSON.stringify({ error: messageOf(error) })}\n`);
} finally {
  current.dispose();
  confirmation.dispose();
}

function tell(message: string): void {
  process.stderr.write(`${String(Math.round(performance.now()))} ${message}\n`);
}
