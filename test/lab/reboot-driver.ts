// Restarts a Pi as the provider does, on the workstation: node reboot-driver.ts SETTINGS (JSON); prints the result.
import { type Reboot, rebootInto } from '../../provider/activation/reboot.ts';
import { readRunningSystem } from '../../provider/activation/running-system.ts';
import type { Context } from '../../provider/context.ts';
import { messageOf } from '../../provider/errors.ts';
import { SshSession } from '../../provider/ssh/session.ts';
import { resolveSshTarget, type SshTargetInputs } from '../../provider/ssh/target.ts';

export interface RebootSettings {
  readonly current: SshTargetInputs;
  /** Without `bootId`: that of the running boot. */
  readonly reboot: Omit<Reboot, 'bootId'>;
}

const settings = JSON.parse(process.argv[2] ?? '') as RebootSettings;
const context: Context = {
  log: { info: tell, warn: tell },
  progress: tell,
  signal: new AbortController().signal,
  urn: undefined,
};
const target = await resolveSshTarget(settings.current);
const current = new SshSession(context, target, 60);
const confirmation = new SshSession(context, target, 60);
try {
  const { bootId } = await current.use((connection) => readRunningSystem(connection));
  const elevation = { sudoPassword: undefined };
  const result = await rebootInto(context, { current, confirmation }, elevation, { ...settings.reboot, bootId });
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
