import { randomUUID } from 'node:crypto';
import type { Context } from '../context.ts';
import { ProvisioningError } from '../errors.ts';
import { UnreachableError } from '../ssh/connection.ts';
import type { SshSession } from '../ssh/session.ts';
import { messagesIn, parseBuildLog } from './build-log.ts';
import { throttled } from './copy-progress.ts';
import { diagnose } from '../diagnosis/diagnose.ts';
import { buildEndings, remoteBuildScript } from './remote-build-script.ts';

/** Something to be realised on another machine, whose derivation is there, or which its substituters have. */
export interface RemoteBuild {
  /** A derivation or a store path. */
  readonly path: string;
  /** Names the deployment there, for example `system-0123456789abcdef`: its newest result is kept, and only one build runs. */
  readonly name: string;
  /** How long it may take, in seconds, with all its interruptions; then it is ended there. */
  readonly timeoutSeconds: number;
}

/**
 * Realises a path on another machine and keeps it from the garbage collector there. It goes on there when the connection is lost, and
 * is followed again as soon as there is one; also when this process is ended: then the next one for the same path joins it.
 *
 * @throws ProvisioningError with the end of the log when the build fails or takes too long; UnreachableError when the machine does not answer any more.
 */
export async function realiseRemotely(context: Context, session: SshSession, build: RemoteBuild): Promise<void> {
  const run = randomUUID();
  const heard = { ever: false, sinceContact: false };
  const deadline = Date.now() + build.timeoutSeconds * 1000;
  for (let interruptions = 0; interruptions <= 3;) {
    try {
      const ending = await follow(context, session, build, { run, heard, deadline });
      if (ending.code === '0') return;
      if (ending.code !== buildEndings.cutOff) throw buildError(session.target.name, build, ending);
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
  /** Nix' exit code, or one of `buildEndings`. */
  readonly code: string;
  readonly log: string;
}

interface Following {
  readonly run: string;
  readonly heard: { ever: boolean; sinceContact: boolean };
  /** As Date.now() tells the time. */
  readonly deadline: number;
}

async function follow(
  context: Context,
  session: SshSession,
  { path, name }: RemoteBuild,
  { run, heard, deadline }: Following,
): Promise<Ending> {
  const mark = `[ended ${randomUUID()}]`;
  const tell = throttled(context.progress);
  const secondsLeft = String(Math.max(1, Math.ceil((deadline - Date.now()) / 1000)));
  const settings = [name, path, run, mark, heard.ever ? 'again' : 'first', secondsLeft];
  const argv = ['/bin/sh', '-c', remoteBuildScript, 'build', ...settings];
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

function buildError(machine: string, build: RemoteBuild, { code, log }: Ending): ProvisioningError {
  const text = messagesIn(log);
  const { what, remedy } = explain(machine, build, code);
  return new ProvisioningError({
    what: `The build of ${build.path} on ${machine} ${what}.`,
    original: text.split('\n').slice(-30).join('\n'),
    remedy: diagnose(text) ?? remedy,
  });
}

/** What an ending means, as the end of a sentence. */
function explain(machine: string, { path, name, timeoutSeconds }: RemoteBuild, code: string) {
  const wholeLog = `See the whole log with \`nix log ${path}\` on ${machine}`;
  switch (code) {
    case buildEndings.replaced:
      return {
        what: 'was given up for a newer one of the same deployment',
        remedy: 'Does another `pulumi up` of this stack run? Wait for its end, then run `pulumi up` again.',
      };
    case buildEndings.late:
      return {
        what: `did not end within ${String(timeoutSeconds)} s and was stopped`,
        remedy: `${wholeLog}: does it go on, or hang? A larger \`buildTimeoutSeconds\` gives it more time, and what was built is not built again; \`buildOn\` has it built elsewhere.`,
      };
    case buildEndings.notBegun:
      return {
        what: 'did not start within 30 s',
        remedy: `Is there room left (\`df -h ~\` on ${machine}), or is the machine overloaded (\`uptime\`)? Then run \`pulumi up\` again.`,
      };
    case buildEndings.olderGoesOn:
      return {
        what: 'did not start, because an older one of the same deployment does not end, not even when it is killed',
        remedy: `Look at it with \`fuser -v ~/.local/state/pulumi-nixos-pi/builds/${name}/lock\` on ${machine}; if its processes hang in the card or the disk (state D in \`ps\`), restart it. Then run \`pulumi up\` again.`,
      };
    default:
      return {
        what: `failed with exit code ${code}`,
        remedy: `${wholeLog}, mend the configuration and run \`pulumi up\` again.`,
      };
  }
}
