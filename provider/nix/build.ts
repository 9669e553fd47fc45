import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Context } from '../context.ts';
import { ProvisioningError } from '../errors.ts';
import { CommandError, run } from '../process/run.ts';
import { parseBuildLog, warningLevel } from './build-log.ts';
import { configurationName, type NixConfiguration } from './configuration.ts';
import { diagnose } from '../diagnosis/diagnose.ts';
import { whenMemoryAllows } from './evaluation-queue.ts';
import { instantiateCommand, nixEnvironment, type SystemOutput } from './expression.ts';

/** What a plan wants built. */
export interface PlannedBuild {
  readonly configuration: NixConfiguration;
  readonly output: SystemOutput;
  /** The output path that the plan showed. */
  readonly storePath: string;
  /** A link that keeps the result from the garbage collector. */
  readonly gcRoot: string;
  /** How long the build may take, in seconds; default: without end. */
  readonly timeoutSeconds?: number | undefined;
}

type Planned = Omit<PlannedBuild, 'gcRoot' | 'timeoutSeconds'>;

/**
 * Builds exactly the output that the plan named, and roots it.
 *
 * @throws ProvisioningError when the configuration now gives another path than the plan showed, or the build fails.
 */
export async function buildPlanned(context: Context, build: PlannedBuild): Promise<void> {
  await realise(context, await instantiatePlanned(context, build), build.gcRoot, build.timeoutSeconds);
}

/**
 * The derivation of the output that the plan named. Nothing is built.
 *
 * @throws ProvisioningError when the configuration now gives another path than the plan showed, or cannot be evaluated.
 */
export async function instantiatePlanned(context: Context, build: Planned): Promise<string> {
  context.progress(`evaluating ${configurationName(build.configuration)}`);
  const drvPath = await instantiate(context, build);
  const [outPath] = (await run('nix-store', ['--query', '--outputs', drvPath])).stdout.split('\n');
  if (outPath !== build.storePath) throw changedSincePlan(build, outPath ?? '');
  return drvPath;
}

/**
 * Brings a derivation's output, or a store path, into the store and roots it.
 *
 * @param timeoutSeconds after which it is ended; default: never.
 */
export async function realise(context: Context, path: string, gcRoot: string, timeoutSeconds?: number): Promise<void> {
  await mkdir(dirname(gcRoot), { recursive: true });
  const tail: string[] = [];
  const onStderrLine = (text: string) => {
    const event = parseBuildLog(text);
    if (event?.kind === 'message' && event.level <= warningLevel) keepLast(tail, event.text, 25);
    if (event?.kind === 'log') keepLast(tail, event.text, 25);
    if (event?.kind === 'log' || event?.kind === 'started') context.progress(event.text);
  };
  const deadline = timeoutSeconds === undefined ? [] : [AbortSignal.timeout(timeoutSeconds * 1000)];
  const args = ['--realise', path, '--add-root', gcRoot, '--log-format', 'internal-json'];
  try {
    await run('nix-store', args, { onStderrLine, signal: AbortSignal.any([context.signal, ...deadline]) });
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    const isLate = deadline.some((signal) => signal.aborted) && !context.signal.aborted;
    throw isLate ? lateBuild(path, timeoutSeconds, tail) : buildError(path, error, tail.join('\n'));
  }
}

async function instantiate(context: Context, build: Planned): Promise<string> {
  const { file, args } = instantiateCommand(build.configuration, build.output);
  try {
    const { stdout } = await whenMemoryAllows(() => {
      context.signal.throwIfAborted();
      return run(file, args, { env: nixEnvironment, signal: context.signal });
    });
    return stdout.trim().replace(/!.*$/, '');
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    throw error.withRemedy(diagnose(error.stderr) ?? 'Mend what Nix names, then run `pulumi up` again.');
  }
}

function changedSincePlan(build: Planned, outPath: string): ProvisioningError {
  return new ProvisioningError({
    what: `${configurationName(build.configuration)} changed since it was planned: the plan showed ${build.storePath}, it now gives ${outPath}.`,
    remedy: 'Nothing was done. Run `pulumi up` again and look at the new plan.',
  });
}

function lateBuild(path: string, timeoutSeconds: number | undefined, tail: readonly string[]): ProvisioningError {
  return new ProvisioningError({
    what: `The build of ${path} did not end within ${String(timeoutSeconds)} s and was stopped.`,
    original: tail.join('\n'),
    remedy: `See the whole log with \`nix log ${path}\`: does it go on, or hang? A larger \`buildTimeoutSeconds\` gives it more time, and what was built is not built again; \`buildOn\` has it built elsewhere.`,
  });
}

function buildError(path: string, error: CommandError, tail: string): ProvisioningError {
  const text = tail === '' ? error.stderr : tail;
  return new ProvisioningError(
    {
      what: `The build of ${path} failed.`,
      tried: error.problem.tried ?? '',
      original: text,
      remedy:
        diagnose(text) ??
        `See the whole log with \`nix log ${path}\`, mend the configuration and run \`pulumi up\` again.`,
    },
    { cause: error },
  );
}

function keepLast(lines: string[], line: string, count: number): void {
  lines.push(line);
  if (lines.length > count) lines.shift();
}
