import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Context } from '../context.ts';
import { messageOf, ProvisioningError } from '../errors.ts';
import { type Elevation, runAsRoot } from '../ssh/elevate.ts';
import { RemoteCommandError, type SshConnection, UnreachableError } from '../ssh/connection.ts';
import { SshSession } from '../ssh/session.ts';
import { leadsElsewhere, type SshTarget } from '../ssh/target.ts';
import { secondsToDecide } from './deployment-deadlines.ts';
import { DeploymentReport, type DeploymentResult } from './deployment-report.ts';
import { startRequest } from './start-request.ts';
import { confirmScript, declineScript, followScript } from './start-script.ts';
import type { SupervisedDeployment } from './supervised-deployment.ts';
import { unanswered, undelivered, untold, type UnfinishedDeployment, UntoldError } from './unfinished-deployment.ts';

export type { DeploymentResult } from './deployment-report.ts';

export interface DeploymentSessions {
  /** Leads to the Pi as it is now. */
  readonly current: SshSession;
  /** Leads to where the Pi has to be reached afterwards: another address where the deployment changes it. Is connected anew when it succeeded. */
  readonly confirmation: SshSession;
}

/** Brings a system to the Pi once more, over that session, and looks at what is there of it already. */
export type DeliverAgain = (session: SshSession) => Promise<void>;

/**
 * Makes a copied system the Pi's, supervised by the Pi itself: it activates the system, tries the health checks, waits until it
 * is reached over a new connection, and only then makes the system the one that it boots; else it goes back. What was started
 * is ended there, whatever happens to this connection, to this machine, or to the Pi's power.
 *
 * When the context is aborted, the Pi is told to go back at once, as long as nothing is confirmed; that is not waited for.
 *
 * @param deliverAgain is asked before a start after the connection was lost. Where that was with the Pi's power, what was copied and not
 *   synced yet is lost too, and Nix does not know.
 * @throws ProvisioningError when it could not be started; UntoldError when it may have been, but the Pi does not say so, or it could
 *   not be delivered again; UnreachableError when the Pi did not answer any more, until after it has decided by itself.
 */
export async function supervise(
  context: Context,
  sessions: DeploymentSessions,
  elevation: Elevation,
  deployment: SupervisedDeployment,
  deliverAgain: DeliverAgain,
): Promise<DeploymentResult> {
  return new Supervision(context, sessions, elevation, deployment, deliverAgain).result();
}

/** One deployment, seen from the workstation. */
class Supervision {
  readonly #context: Context;
  readonly #sessions: DeploymentSessions;
  readonly #elevation: Elevation;
  readonly #deployment: SupervisedDeployment;
  readonly #deliverAgain: DeliverAgain;
  readonly #run = randomUUID();
  /** Ends what still waits for the Pi when the end is known. */
  readonly #over = new AbortController();
  /** The end as heard at one of the addresses of a Pi that moves, or why it will not be heard. */
  readonly #elsewhere = Promise.withResolvers<DeploymentResult>();
  #phase = 'starting';
  #linesShown = 0;
  #starts = 0;
  #startingAnew: Promise<DeploymentResult | UnreachableError> | undefined;
  #confirming = false;
  /** Why this side could not, or would not, confirm it. */
  #whyNotConfirmed: string | undefined;

  constructor(
    context: Context,
    sessions: DeploymentSessions,
    elevation: Elevation,
    deployment: SupervisedDeployment,
    deliverAgain: DeliverAgain,
  ) {
    this.#context = context;
    this.#sessions = sessions;
    this.#elevation = elevation;
    this.#deployment = deployment;
    this.#deliverAgain = deliverAgain;
  }

  async result(): Promise<DeploymentResult> {
    try {
      this.#context.progress(`starting the deployment of ${this.#deployment.storePath}`);
      const result = await this.#startAndFollow();
      return this.#whyNotConfirmed === undefined ? result : withReason(result, this.#whyNotConfirmed);
    } catch (error) {
      if (this.#context.signal.aborted) await this.#takeBack();
      throw error;
    } finally {
      this.#over.abort();
    }
  }

  /** The sessions have ended with the context's signal; one more connection saves the Pi the wait for its deadline. */
  async #takeBack(): Promise<void> {
    this.#context.progress('telling the Pi to go back');
    const { target } = this.#sessions.current;
    const session = new SshSession({ ...this.#context, signal: AbortSignal.timeout(10_000) }, target, 10);
    await this.#decline(session);
    session.dispose();
  }

  async #startAndFollow(): Promise<DeploymentResult> {
    const { current } = this.#sessions;
    // Not the session's own way to connect again: the Pi may have another address by then.
    const first = await current.use((connection) =>
      Promise.race([this.#startOrLose(connection), this.#elsewhere.promise]),
    );
    if (first instanceof UnreachableError || this.#moves) current.dispose();
    return first instanceof UnreachableError ? this.#followAnew(first) : first;
  }

  get #unfinished(): UnfinishedDeployment {
    return { pi: this.#sessions.current.target.name, storePath: this.#deployment.storePath };
  }

  get #moves(): boolean {
    const { current, confirmation } = this.#sessions;
    return leadsElsewhere(current.target, confirmation.target);
  }

  /** The connection is lost, and nobody knows at which address the Pi answers next. */
  async #followAnew(lost: UnreachableError): Promise<DeploymentResult> {
    const { current, confirmation } = this.#sessions;
    // A new address is tried since the activation began.
    const targets =
      this.#moves && this.#phase === 'starting' ? [current.target, confirmation.target] : [current.target];
    const followers = targets.map((target) => this.#follow(target));
    try {
      return await Promise.race([Promise.any(followers), this.#elsewhere.promise]);
    } catch (error) {
      const [first = lost] = error instanceof AggregateError ? (error.errors as unknown[]) : [error];
      throw first instanceof UnreachableError ? unanswered(this.#unfinished, this.#phase, first) : first;
    }
  }

  async #follow(target: SshTarget): Promise<DeploymentResult> {
    const session = this.#newSession(target, secondsToDecide(this.#deployment, this.#phase));
    try {
      return await this.#followOn(session);
    } catch (error) {
      // Nobody waits for the Pi at its other address then.
      if (error instanceof UntoldError) this.#elsewhere.reject(error);
      throw error;
    } finally {
      session.dispose();
    }
  }

  async #followOn(session: SshSession): Promise<DeploymentResult> {
    for (let looks = 0; looks < looksWithoutAnEnd; looks += 1) {
      const report = this.#newReport();
      await session.use((connection) =>
        connection.execute(['/bin/sh', '-c', followScript, 'follow', this.#run], followingOptions(report)),
      );
      if (report.result !== undefined) return report.result;
      if (report.isUnknown) {
        const result = await this.#startAnew(session);
        if (!(result instanceof UnreachableError)) return result;
      }
      await sleep(1000, undefined, { signal: this.#context.signal });
    }
    throw untold(this.#unfinished);
  }

  /**
   * The connection was lost before the Pi knew of the run. Two followers may hear that at the same time, each at its address: then one
   * delivers and starts it, and both are told what came of it.
   */
  #startAnew(session: SshSession): Promise<DeploymentResult | UnreachableError> {
    this.#startingAnew ??= this.#deliverAndStart(session).finally(() => {
      this.#startingAnew = undefined;
    });
    return this.#startingAnew;
  }

  async #deliverAndStart(session: SshSession): Promise<DeploymentResult | UnreachableError> {
    await this.#deliverAgain(session).catch((error: unknown) => {
      throw error instanceof ProvisioningError ? undelivered(this.#unfinished, error) : error;
    });
    // Not the session's own way to connect again, here neither: what was delivered may be lost with the connection.
    const result = await session.use((connection) => this.#startOrLose(connection));
    if (result instanceof UnreachableError) session.dispose();
    return result;
  }

  /** Starts it, and gives the error where the connection is lost before the end is told. */
  async #startOrLose(connection: SshConnection): Promise<DeploymentResult | UnreachableError> {
    try {
      return await this.#startOn(connection);
    } catch (error) {
      if (error instanceof UnreachableError) return error;
      throw error;
    }
  }

  async #startOn(connection: SshConnection): Promise<DeploymentResult> {
    const { deployment, report } = { deployment: this.#deployment, report: this.#newReport() };
    this.#starts += 1;
    const { argv, stdin } = startRequest(this.#run, connection.target.user, deployment);
    const options = { ...followingOptions(report), stdin };
    // Whatever the command ended with, the supervisor may run.
    const ended = await runAsRoot(connection, this.#elevation, argv, options).catch((error: unknown) => {
      if (error instanceof RemoteCommandError) return error.result;
      throw error;
    });
    if (report.result !== undefined) return report.result;
    const error = untold(this.#unfinished, ended.stderr);
    throw this.#starts < startsAtMost ? new UnreachableError(error.problem) : error;
  }

  #newReport(): DeploymentReport {
    return new DeploymentReport(
      (phase) => {
        this.#enter(phase);
      },
      (line, number) => {
        if (number <= this.#linesShown) return;
        this.#linesShown = number;
        if (line.trim() !== '') this.#context.progress(line);
      },
    );
  }

  #enter(phase: string): void {
    if (phase === this.#phase) return;
    this.#phase = phase;
    const text = progressTexts[phase];
    if (text !== undefined) this.#context.progress(text);
    // The old address may be gone without a word, and time is short: the new one is tried from now on.
    if (phase === 'activating' && this.#moves) {
      this.#follow(this.#sessions.confirmation.target).then(this.#elsewhere.resolve, () => undefined);
    }
    if (phase !== 'confirming' || this.#confirming) return;
    this.#confirming = true;
    void this.#confirm();
  }

  /** Proves that the Pi is reached, and that root is, in the new generation. Never rejects: the Pi tells what came of it. */
  async #confirm(): Promise<void> {
    const { confirmation, current } = this.#sessions;
    const session = this.#newSession(confirmation.target, this.#deployment.confirmTimeoutSeconds);
    const argv = ['/bin/sh', '-c', confirmScript, 'confirm', this.#run];
    try {
      await session.use((connection) => runAsRoot(connection, this.#elevation, argv));
      // Whoever looks at the Pi afterwards needs no connection of their own.
      if (!this.#over.signal.aborted) confirmation.takeOver(session);
    } catch (error) {
      if (this.#over.signal.aborted) return;
      const isUnreachable = error instanceof UnreachableError;
      this.#whyNotConfirmed = `The new system cannot be ${isUnreachable ? 'reached' : 'deployed to'}: ${messageOf(error)}`;
      if (!isUnreachable) await this.#decline(current);
    } finally {
      session.dispose();
    }
  }

  /** A new connection, for which nobody waits any more when the end is known. */
  #newSession(target: SshTarget, timeoutSeconds: number): SshSession {
    const signal = AbortSignal.any([this.#context.signal, this.#over.signal]);
    return new SshSession({ ...this.#context, signal }, target, timeoutSeconds);
  }

  /** Nobody has to wait for a confirmation that will not come. Where this does not get through, the Pi's deadline does it. */
  async #decline(session: SshSession): Promise<void> {
    const argv = ['/bin/sh', '-c', declineScript, 'decline', this.#run];
    await session.use((connection) => connection.run(argv)).catch(() => undefined);
  }
}

// A Pi whose shell does not work ends every look at once.
const [looksWithoutAnEnd, startsAtMost] = [30, 3];

/** The Pi knows that nobody confirmed it, this side knows why. */
function withReason(result: DeploymentResult, whyNotConfirmed: string): DeploymentResult {
  const wentBack = result.outcome === 'rolled-back' || result.outcome === 'rebooted-back';
  return wentBack ? { ...result, reason: `${whyNotConfirmed}\n${result.reason}` } : result;
}

const progressTexts: Readonly<Record<string, string | undefined>> = {
  activating: 'activating the new system',
  checking: 'trying the health checks',
  confirming: 'confirming over a new connection',
  installing: 'making the new system the one that boots',
  'going-back': 'going back to the system that ran before',
};

function followingOptions(report: DeploymentReport) {
  return {
    timeoutSeconds: 'none' as const,
    onStdoutLine: (line: string) => {
      report.hear(line);
    },
  };
}
