import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Context } from '../context.ts';
import { ProvisioningError } from '../errors.ts';
import { CommandError, run } from '../process/run.ts';
import { parseBuildLog, warningLevel } from './build-log.ts';
import { BuildProgress } from './build-progress.ts';
import { configurationName, type NixConfiguration } from './configuration.ts';
import { diagnose } from '../diagnosis/diagnose.ts';
import { errorText } from './error-text.ts';
import { knownSystem } from './evaluate.ts';
import { held, whenMemoryAllows } from './evaluation-queue.ts';
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
  const { gcRoot, timeoutSeconds } = build;
  const known = await knownDerivation(build);
  if (known !== undefined && (await realisedIfThere(context, known, gcRoot, timeoutSeconds))) return;
  await realise(context, await instantiateAnew(context, build), gcRoot, timeoutSeconds);
}

/**
 * The derivation of the output that the plan named. Nothing is built.
 *
 * @throws ProvisioningError when the configuration now gives another path than the plan showed, or cannot be evaluated.
 */
export async function instantiatePlanned(context: Context, build: Planned): Promise<string> {
  const known = await knownDerivation(build);
  return known !== undefined && (await isThere(known)) ? known : instantiateAnew(context, build);
}

/** What the evaluation of the plan has written to the store, where it is certain that another one would do the same again. */
async function knownDerivation({ configuration, output, storePath }: Planned): Promise<string | undefined> {
  const known = output.kind === 'toplevel' ? await knownSystem(configuration) : undefined;
  return known?.storePath === storePath ? known.drvPath : undefined;
}

/** False, and nothing done, for a derivation that was collected as garbage; asked only of one that cannot be realised. */
async function realisedIfThere(
  context: Context,
  drvPath: string,
  gcRoot: string,
  timeoutSeconds: number | undefined,
): Promise<boolean> {
  try {
    await realise(context, drvPath, gcRoot, timeoutSeconds);
    return true;
  } catch (error) {
    if (await isThere(drvPath)) throw error;
    return false;
  }
}

async function isThere(drvPath: string): Promise<boolean> {
  return outputOf(drvPath).then(
    () => true,
    () => false,
  );
}

async function instantiateAnew(context: Context, build: Planned): Promise<string> {
  context.progress(`evaluating ${configurationName(build.configuration)}`);
  const drvPath = await instantiate(context, build);
  const outPath = await outputOf(drvPath);
  if (outPath !== build.storePath) throw changedSincePlan(build, outPath ?? '');
  return drvPath;
}

async function outputOf(drvPath: string): Promise<string | undefined> {
  return (await run('nix-store', ['--query', '--outputs', drvPath])).stdout.split('\n')[0];
}

/**
 * Brings a derivation's output, or a store path, into the store and roots it.
 *
 * @param timeoutSeconds after which it is ended; default: never.
 */
export async function realise(context: Context, path: string, gcRoot: string, timeoutSeconds?: number): Promise<void> {
  await mkdir(dirname(gcRoot), { recursive: true });
  const progress = new BuildProgress();
  const deadline = timeoutSeconds === undefined ? [] : [AbortSignal.timeout(timeoutSeconds * 1000)];
  const args = ['--realise', path, '--add-root', gcRoot, ...structuredLog];
  try {
    const signal = AbortSignal.any([context.signal, ...deadline]);
    await run('nix-store', args, { onStderrLine: following(context, progress), signal });
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    if (context.signal.aborted) throw stoppedBuild(path, error);
    const isLate = deadline.some((signal) => signal.aborted);
    if (isLate) throw lateBuild(path, timeoutSeconds, progress);
    throw error.signal !== undefined ? killedBuild(path, error, progress) : buildError(path, error, progress);
  }
}

const structuredLog = ['--log-format', 'internal-json'];

/** Tells how far it is; of what was said only errors and warnings are kept. */
function following(context: Context, progress: BuildProgress): (line: string) => void {
  let last = '';
  return (text) => {
    const event = parseBuildLog(text);
    if (event === undefined || (event.kind === 'message' && event.level > warningLevel)) return;
    progress.note(event);
    const line = progress.describe();
    if (line !== last && line !== '') context.progress(line);
    last = line;
  };
}

async function instantiate(context: Context, build: Planned): Promise<string> {
  const { file, args } = instantiateCommand(build.configuration, build.output);
  const progress = new BuildProgress();
  try {
    const { stdout } = await held(
      whenMemoryAllows(() => {
        context.signal.throwIfAborted();
        const onStderrLine = following(context, progress);
        return run(file, [...args, ...structuredLog], { env: nixEnvironment, signal: context.signal, onStderrLine });
      }),
    );
    return stdout.trim().replace(/!.*$/, '');
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    throw instantiationError(build, error, progress.tail());
  }
}

function instantiationError(build: Planned, error: CommandError, said: string): ProvisioningError {
  return new ProvisioningError(
    {
      what: `The NixOS configuration ${configurationName(build.configuration)} cannot be evaluated.`,
      tried: error.problem.tried ?? '',
      original: errorText(said) || said || error.problem.what,
      remedy: diagnose(said) ?? 'Mend what Nix names, then run `pulumi up` again.',
    },
    { cause: error },
  );
}

function changedSincePlan(build: Planned, outPath: string): ProvisioningError {
  return new ProvisioningError({
    what: `${configurationName(build.configuration)} changed since it was planned: the plan showed ${build.storePath}, it now gives ${outPath}.`,
    remedy: 'Nothing was done. Run `pulumi up` again and look at the new plan.',
  });
}

function stoppedBuild(path: string, cause: CommandError): ProvisioningError {
  return new ProvisioningError(
    {
      what: `The build of ${path} was stopped, because the operation was cancelled.`,
      remedy: 'Run `pulumi up` again: what was built or downloaded until then is not built again.',
    },
    { cause },
  );
}

function lateBuild(path: string, timeoutSeconds: number | undefined, progress: BuildProgress): ProvisioningError {
  return new ProvisioningError({
    what: `The build of ${path} did not end within ${String(timeoutSeconds)} s and was stopped.`,
    original: progress.tail(),
    remedy: `See the whole log with \`nix-store --read-log ${path}\`: does it go on, or hang? A larger \`buildTimeoutSeconds\` gives it more time, and what was built is not built again; \`buildOn\` has it built elsewhere.`,
  });
}

function killedBuild(path: string, error: CommandError, progress: BuildProgress): ProvisioningError {
  return new ProvisioningError(
    {
      what: `The build of ${path} was broken off: nix-store was ended by ${error.signal ?? 'a signal'}.`,
      original: progress.tail(),
      remedy:
        'Run `pulumi up` again: what was built or downloaded until then is not built again. If this machine ran out of memory (`dmesg` tells), give it swap, or let `buildOn` build elsewhere.',
    },
    { cause: error },
  );
}

function buildError(path: string, error: CommandError, progress: BuildProgress): ProvisioningError {
  const said = progress.tail() || error.stderr;
  const failed = failedDerivation(said);
  const log = failed === undefined ? undefined : progress.logOf(failed);
  // Several builds write into one log, so that the end of it need not be that of the one that failed.
  const original = log === undefined || said.includes(log) ? said : `${log}\n${said}`;
  const wholeLog = `See the whole log with \`nix-store --read-log ${failed ?? path}\``;
  const known = diagnose(original);
  return new ProvisioningError(
    {
      what: `The build of ${failed ?? path} failed.`,
      tried: error.problem.tried ?? '',
      original,
      remedy: known ? `${known} ${wholeLog}.` : `${wholeLog}, mend the configuration and run \`pulumi up\` again.`,
    },
    { cause: error },
  );
}

/**
 * Which derivation's builder failed; what needs it fails because of it. Nix up to 2.28: `builder for 'X.drv' failed`; later:
 * `Cannot build 'X.drv'.`, `Reason: builder failed`.
 */
export function failedDerivation(said: string): string | undefined {
  const found =
    /builder for '(\/nix\/store\/[^']+\.drv)' failed/.exec(said) ??
    /[Cc]annot build '(\/nix\/store\/[^']+\.drv)'\.?\s+Reason: builder/.exec(said);
  return found?.[1];
}
