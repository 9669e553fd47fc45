import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Context } from '../context.ts';
import { messageOf, ProvisioningError } from '../errors.ts';
import { type Elevation, runAsRoot } from '../ssh/elevate.ts';
import { RemoteCommandError, type SshConnection, UnreachableError } from '../ssh/connection.ts';
import { SshSession } from '../ssh/session.ts';
import { leadsElsewhere, type SshTarget } from '../ssh/target.ts';
import { afterBootScript } from './after-boot-script.ts';
import { deploymentProblems } from './deployment-problems.ts';
import { confirmRebootScript, rebootScript, whyUnprotectedScript } from './reboot-script.ts';
import { readRunningSystem, type RunningSystem } from './running-system.ts';
import type { DeploymentSessions } from './supervise.ts';
import { asDeploymentUnit, refusedCode } from './deployment-unit.ts';
import { oneLine } from './record-script.ts';

export interface Reboot {
  /** What has to boot: the system profile's system already, and what the boot loader starts. */
  readonly storePath: string;
  /** What to go back to, and its generation of the system profile; 0 for none. */
  readonly previousSystem: string;
  readonly previousGeneration: number;
  readonly deployer: string;
  /** How long the Pi waits, once it is up, to be reached over a new connection. */
  readonly confirmTimeoutSeconds: number;
  /** How long a reboot may take; going back is another one. */
  readonly rebootTimeoutSeconds: number;
  /** The boot that is left; a Pi in another one is not restarted. */
  readonly bootId: string;
}

export interface RebootResult {
  /**
   * `rebooted`: the new system booted, and that is confirmed. `fell-back`: another one runs, see `running`. `did-not-come-up`:
   * the Pi did not answer in time, neither with the new system nor with the one before.
   */
  readonly outcome: 'rebooted' | 'fell-back' | 'did-not-come-up';
  /** What the Pi ran when it was last seen after the reboot. */
  readonly running: RunningSystem | undefined;
  /** Why it ended so, for a person; empty where all went well. */
  readonly reason: string;
  /** Why the Pi could not go back by itself, had it been needed; undefined where it could. */
  readonly unprotected: string | undefined;
}

/**
 * Restarts a Pi into a system that is installed already, and proves that it runs. A supervisor in the new system's boot goes
 * back to the previous system unless the Pi is reached over a new connection in time. Where userland is never reached nothing
 * goes back: no kernel, no initrd, no root file system.
 *
 * @throws ProvisioningError when the Pi could not be restarted: it goes on as it was.
 */
export async function rebootInto(
  context: Context,
  sessions: DeploymentSessions,
  elevation: Elevation,
  reboot: Reboot,
): Promise<RebootResult> {
  const over = new AbortController();
  const own = { ...context, signal: AbortSignal.any([context.signal, over.signal]) };
  try {
    const run = randomUUID();
    context.progress(`restarting into ${reboot.storePath}`);
    const unprotected = await restart(sessions.current, elevation, reboot, run);
    sessions.current.dispose();
    const restartAgain = async (session: SshSession) => {
      await restart(session, elevation, reboot, run);
    };
    const waiting = { context: own, elevation, reboot, run, isProtected: unprotected === undefined, restartAgain };
    const seconds = 2 * reboot.rebootTimeoutSeconds + reboot.confirmTimeoutSeconds;
    const result = await Promise.race(targetsOf(sessions).map((target) => awaitBoot(waiting, target, seconds)));
    return { ...result, unprotected };
  } finally {
    over.abort();
  }
}

/**
 * Why a Pi could not go back by itself after a reboot into a system; undefined where it could. For previews: the system may not
 * be on the Pi yet.
 */
export async function whyUnprotected(connection: SshConnection, storePath: string): Promise<string | undefined> {
  const { stdout } = await connection.run(['/bin/sh', '-c', `${whyUnprotectedScript}\n:`, 'why', storePath]);
  return stdout.trim() || undefined;
}

/**
 * Confirms a reboot that an earlier deployment left waiting; see `pendingReboot` in deployment-record.ts. The caller has looked
 * at what runs, over a new connection.
 *
 * @returns whether it was in time; if not, the Pi goes back or has gone back.
 */
export async function confirmReboot(connection: SshConnection, elevation: Elevation, run: string): Promise<boolean> {
  const argv = ['/bin/sh', '-c', confirmRebootScript, 'confirm', run];
  const { stdout } = await runAsRoot(connection, elevation, argv);
  return stdout.trim() !== 'late';
}

async function restart(
  session: SshSession,
  elevation: Elevation,
  reboot: Reboot,
  run: string,
): Promise<string | undefined> {
  const stdin = afterBootScript({
    ...reboot,
    run,
    confirmSeconds: reboot.confirmTimeoutSeconds,
    bootSeconds: reboot.rebootTimeoutSeconds,
  });
  const { bootId, storePath, previousSystem, deployer } = reboot;
  const settings = [bootId, run, storePath, previousSystem, session.target.user, oneLine(deployer)];
  const argv = asDeploymentUnit(`${deployer}, restarting into ${storePath} (run ${run}),`, [
    '/bin/sh',
    '-c',
    rebootScript,
    'reboot',
    ...settings,
  ]);
  const heard: string[] = [];
  const onStdoutLine = (line: string) => heard.push(line);
  try {
    await session.use((connection) => runAsRoot(connection, elevation, argv, { stdin, onStdoutLine }));
  } catch (error) {
    const isRefused = error instanceof RemoteCommandError && error.result.code === refusedCode;
    // What is found under way may be this very order, whose connection was lost.
    if (isRefused && !error.result.stderr.includes(`(run ${run})`)) throw notRestarted(session.target, error);
    if (isRefused) return undefined;
    // A Pi that restarts ends the command and the connection; the boot id tells whether that was it.
    const isEnded = error instanceof RemoteCommandError && (heard.includes('ordered') || error.signal !== undefined);
    if (!isEnded && !(error instanceof UnreachableError)) throw error;
  }
  return heard.map((line) => /^unprotected (.*)$/.exec(line)?.[1]).find((why) => why !== undefined);
}

function notRestarted({ name }: SshTarget, { result }: RemoteCommandError): ProvisioningError {
  return new ProvisioningError({
    what: `${name} was not restarted.`,
    original: result.stderr,
    remedy: 'Run `pulumi up` again, where somebody else deploys when that has ended.',
  });
}

function targetsOf({ current, confirmation }: DeploymentSessions): SshTarget[] {
  const moves = leadsElsewhere(current.target, confirmation.target);
  return moves ? [confirmation.target, current.target] : [confirmation.target];
}

interface Waiting {
  readonly context: Context;
  readonly elevation: Elevation;
  readonly reboot: Reboot;
  readonly run: string;
  /** Something on the Pi waits for the confirmation. */
  readonly isProtected: boolean;
  readonly restartAgain: (session: SshSession) => Promise<void>;
}

type BootResult = Omit<RebootResult, 'unprotected'>;

/** Looks at the Pi until it has booted what is wanted, or something else, or the time is over. */
async function awaitBoot(waiting: Waiting, target: SshTarget, seconds: number): Promise<BootResult> {
  const deadline = Date.now() + seconds * 1000;
  let notYet = 0;
  let last: { running?: RunningSystem; reason: string } = { reason: 'The Pi did not answer after the reboot.' };
  while (Date.now() < deadline) {
    const session = new SshSession(waiting.context, target, (deadline - Date.now()) / 1000);
    try {
      const running = await session.use((connection) => readRunningSystem(connection));
      if (running.bootId !== waiting.reboot.bootId) {
        const result = await judge(waiting, session, running);
        if (result.outcome !== undefined) return { ...result, outcome: result.outcome };
        last = result;
      } else {
        last = { running, reason: 'The Pi did not restart.' };
        notYet += 1;
        // The order may have been lost with the connection that brought it.
        if (notYet % looksBeforeRestartingAgain === 0) await waiting.restartAgain(session);
      }
    } catch (error) {
      last = { ...last, reason: messageOf(error) };
    } finally {
      session.dispose();
    }
    await sleep(1000, undefined, { signal: waiting.context.signal });
  }
  return { outcome: 'did-not-come-up', running: last.running, reason: last.reason };
}

const looksBeforeRestartingAgain = 30;

interface Judgement {
  /** Undefined while the Pi is still on its way: it goes back by itself. */
  readonly outcome: 'rebooted' | 'fell-back' | undefined;
  readonly running: RunningSystem;
  readonly reason: string;
}

async function judge(
  { context, elevation, reboot, run, isProtected }: Waiting,
  session: SshSession,
  running: RunningSystem,
): Promise<Judgement> {
  const { storePath } = reboot;
  const { name } = session.target;
  if (running.bootedSystem !== storePath) {
    const reason = running.lastDeployment?.run === run ? running.lastDeployment.reason : '';
    return { outcome: 'fell-back', running, reason: reason || `${name} booted ${running.bootedSystem}.` };
  }
  const problems = deploymentProblems(running, storePath);
  if (problems.length > 0)
    return { outcome: undefined, running, reason: `${name} restarted, but ${problems.join('; ')}.` };
  if (!isProtected) return { outcome: 'rebooted', running, reason: '' };
  context.progress(`confirming that ${name} runs ${storePath} after the restart`);
  try {
    const inTime = await session.use((connection) => confirmReboot(connection, elevation, run));
    if (inTime) return { outcome: 'rebooted', running, reason: '' };
    return { outcome: undefined, running, reason: `${name} goes back: it was reached too late.` };
  } catch (error) {
    return { outcome: undefined, running, reason: `${name} goes back: ${messageOf(error)}` };
  }
}
