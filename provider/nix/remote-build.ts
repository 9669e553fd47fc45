import { randomUUID } from 'node:crypto';
import type { Context } from '../context.ts';
import { ProvisioningError } from '../errors.ts';
import { UnreachableError } from '../ssh/connection.ts';
import type { SshSession } from '../ssh/session.ts';
import { messagesIn, parseBuildLog } from './build-log.ts';
import { throttled } from './copy-progress.ts';
import { diagnose } from '../diagnosis/diagnose.ts';
import { remoteBuildScript, stopRemoteBuildScript } from './remote-build-script.ts';

/** Something to be realised on another machine, whose derivation is there, or which its substituters have. */
export interface RemoteBuild {
  /** A derivation or a store path. */
  readonly path: string;
  /** Names the deployment there, for example `system-0123456789abcdef`: its newest result is kept, and only one build runs. */
  readonly name: string;
}

/**
 * Realises a path on another machine and keeps it from the garbage collector there. It goes on there when the connection is lost, and
 * is followed again as soon as there is one.
 *
 * @throws ProvisioningError with the end of the log when the build fails; UnreachableError when the machine does not answer any more.
 */
export async function realiseRemotely(context: Context, session: SshSession, build: RemoteBuild): Promise<void> {
  const run = randomUUID();
  const heard = { sinceContact: false };
  let interruptions = 0;
  const stop = () => void stopRemotely(session, build);
  context.signal.addEventListener('abort', stop, { once: true });
  try {
    for (;;) {
      try {
        const ending = await follow(context, session, build, run, heard);
        if (ending.code === 0) return;
        interruptions += 1;
        // Cut off, for example by a restart: begun again, from what is built already.
        if (ending.code !== undefined || interruptions > 3) throw buildError(session.target.name, build, ending);
      } catch (error) {
        // Whoever was heard since the last time may be heard again.
        if (!(error instanceof UnreachableError) || !heard.sinceContact) throw error;
        heard.sinceContact = false;
      }
      context.signal.throwIfAborted();
    }
  } finally {
    context.signal.removeEventListener('abort', stop);
  }
}

interface Ending {
  /** Undefined when the build was cut off. */
  readonly code: number | undefined;
  readonly log: string;
}

async function follow(
  context: Context,
  session: SshSession,
  { path, name }: RemoteBuild,
  run: string,
  heard: { sinceContact: boolean },
): Promise<Ending> {
  const mark = `[ended ${randomUUID()}]`;
  const tell = throttled(context.progress);
  const argv = ['/bin/sh', '-c', remoteBuildScript, 'build', name, path, run, mark];
  const { stdout } = await session.use((connection) =>
    connection.run(argv, {
      timeoutSeconds: 'none',
      onStdoutLine: (line) => {
        heard.sinceContact = true;
        const event = parseBuildLog(line);
        if (event?.kind === 'log' || event?.kind === 'started') tell(() => `${session.target.name}: ${event.text}`);
      },
    }),
  );
  return endingIn(stdout, mark);
}

/** What stands behind the mark. */
export function endingIn(stdout: string, mark: string): Ending {
  const [, rest = ''] = stdout.split(`\n${mark}`);
  const end = rest.indexOf('\n');
  const code = rest.slice(0, end).trim();
  return { code: /^\d+$/.test(code) ? Number(code) : undefined, log: rest.slice(end + 1) };
}

function buildError(machine: string, { path }: RemoteBuild, { code, log }: Ending): ProvisioningError {
  const text = messagesIn(log);
  return new ProvisioningError({
    what:
      code === undefined
        ? `The build of ${path} on ${machine} was cut off.`
        : `The build of ${path} on ${machine} failed with exit code ${String(code)}.`,
    original: text.split('\n').slice(-30).join('\n'),
    remedy:
      diagnose(text) ??
      `See the whole log with \`nix log ${path}\` on ${machine}, mend the configuration and run \`pulumi up\` again.`,
  });
}

async function stopRemotely(session: SshSession, { name }: RemoteBuild): Promise<void> {
  try {
    await session.use((connection) => connection.run(['/bin/sh', '-c', stopRemoteBuildScript, 'stop', name]));
  } catch {
    // It is being given up anyway: without a connection the build goes on there and finds an end by itself.
  }
}
