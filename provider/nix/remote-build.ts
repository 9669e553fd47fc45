import { randomUUID } from 'node:crypto';
import type { Context } from '../context.ts';
import { ProvisioningError } from '../errors.ts';
import { UnreachableError } from '../ssh/connection.ts';
import type { SshSession } from '../ssh/session.ts';
import { messagesIn, parseBuildLog } from './build-log.ts';
import { throttled } from './copy-progress.ts';
import { diagnose } from '../diagnosis/diagnose.ts';
import { remoteBuildScript } from './remote-build-script.ts';

/** Something to be realised on another machine, whose derivation is there, or which its substituters have. */
export interface RemoteBuild {
  /** A derivation or a store path. */
  readonly path: string;
  /** Names the deployment there, for example `system-0123456789abcdef`: its newest result is kept, and only one build runs. */
  readonly name: string;
}

/**
 * Realises a path on another machine and keeps it from the garbage collector there. It goes on there when the connection is lost, and
 * is followed again as soon as there is one; also when this process is ended: then the next one for the same path joins it.
 *
 * @throws ProvisioningError with the end of the log when the build fails; UnreachableError when the machine does not answer any more.
 */
export async function realiseRemotely(context: Context, session: SshSession, build: RemoteBuild): Promise<void> {
  const run = randomUUID();
  const heard = { ever: false, sinceContact: false };
  for (let interruptions = 0; interruptions <= 3;) {
    try {
      const ending = await follow(context, session, build, run, heard);
      if (ending.code === '0') return;
      if (ending.code !== '') throw buildError(session.target.name, build, ending);
      // Cut off, for example by a restart: begun again, from what is built already.
      interruptions += 1;
    } catch (error) {
      // Whoever was heard since the last time may be heard again.
      if (!(error instanceof UnreachableError) || !heard.sinceContact) throw error;
      heard.sinceContact = false;
    }
  }
  throw new ProvisioningError({
    what: `The build of ${build.path} on ${session.target.name} was cut off again and again.`,
    remedy: `Does ${session.target.name} restart, or run out of memory? \`journalctl -b -1\` there may tell. Build elsewhere with \`buildOn\`.`,
  });
}

interface Ending {
  /** Nix' exit code; empty when the build was cut off, `replaced` when another one took its place. */
  readonly code: string;
  readonly log: string;
}

async function follow(
  context: Context,
  session: SshSession,
  { path, name }: RemoteBuild,
  run: string,
  heard: { ever: boolean; sinceContact: boolean },
): Promise<Ending> {
  const mark = `[ended ${randomUUID()}]`;
  const tell = throttled(context.progress);
  const argv = ['/bin/sh', '-c', remoteBuildScript, 'build', name, path, run, mark, heard.ever ? 'again' : 'first'];
  const { stdout } = await session.use((connection) =>
    connection.run(argv, {
      timeoutSeconds: 'none',
      onStdoutLine: (line) => {
        Object.assign(heard, { ever: true, sinceContact: true });
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
  return { code: rest.slice(0, end).trim(), log: rest.slice(end + 1) };
}

function buildError(machine: string, { path }: RemoteBuild, { code, log }: Ending): ProvisioningError {
  if (code === 'replaced') {
    return new ProvisioningError({
      what: `The build of ${path} on ${machine} was given up for a newer one of the same deployment.`,
      remedy: 'Does another `pulumi up` of this stack run? Wait for its end, then run `pulumi up` again.',
    });
  }
  const text = messagesIn(log);
  return new ProvisioningError({
    what: `The build of ${path} on ${machine} failed with exit code ${code}.`,
    original: text.split('\n').slice(-30).join('\n'),
    remedy:
      diagnose(text) ??
      `See the whole log with \`nix log ${path}\` on ${machine}, mend the configuration and run \`pulumi up\` again.`,
  });
}
