import { availableParallelism, freemem } from 'node:os';
import PQueue from 'p-queue';
import { z } from 'zod';
import { ProvisioningError } from '../errors.ts';
import { CommandError, run } from '../process/run.ts';
import { configurationName, type NixConfiguration } from './configuration.ts';
import { diagnose } from './diagnose.ts';
import { evaluateCommand, nixEnvironment } from './expression.ts';

/** What a configuration would build, known without building it. */
export interface SystemEvaluation {
  /** Output path of `config.system.build.toplevel`. */
  readonly storePath: string;
  readonly drvPath: string;
  /** For example `aarch64-linux`: what it runs on, also when it is cross-compiled. */
  readonly system: string;
}

export interface ImageEvaluation extends SystemEvaluation {
  /** The image file's path below the output, for example `sd-image/nixos-image-sd-card-26.05-aarch64-linux.img.zst`. */
  readonly filePath: string;
  /** The system that the image boots; null where this nixpkgs does not tell. */
  readonly toplevel: string | null;
}

/** Called with each warning of an evaluation, once. */
export type OnWarning = (warning: string) => void;

const systemFacts = { storePath: z.string(), drvPath: z.string(), system: z.string() };
const systemEvaluation = z.object(systemFacts);
const imageEvaluation = z.object({ ...systemFacts, filePath: z.string(), toplevel: z.string().nullable() });

const systemProjection = `nixos: let toplevel = nixos.config.system.build.toplevel; in {
  storePath = toplevel.outPath;
  drvPath = toplevel.drvPath;
  system = nixos.pkgs.stdenv.hostPlatform.system;
}`;

// passthru as in nixpkgs' nixos/modules/image/images.nix
const imageProjection = (
  variant: string,
) => `nixos: let image = nixos.config.system.build.images.${JSON.stringify(variant)}; in {
  storePath = image.outPath;
  drvPath = image.drvPath;
  filePath = image.passthru.filePath;
  toplevel = image.passthru.config.system.build.toplevel.outPath or null;
  system = nixos.pkgs.stdenv.hostPlatform.system;
}`;

/**
 * What `nixos-rebuild` would build for this configuration. Nothing is built.
 *
 * @throws ProvisioningError with file, line and Nix' own text when the configuration cannot be evaluated.
 */
export async function evaluateSystem(configuration: NixConfiguration, onWarning: OnWarning): Promise<SystemEvaluation> {
  return systemEvaluation.parse(await evaluate(configuration, systemProjection, onWarning));
}

/** The image that `nixos-rebuild build-image --image-variant <variant>` would build. */
export async function evaluateImage(
  configuration: NixConfiguration,
  variant: string,
  onWarning: OnWarning,
): Promise<ImageEvaluation> {
  return imageEvaluation.parse(await evaluate(configuration, imageProjection(variant), onWarning));
}

// One evaluation of a NixOS system takes about 1 GB.
const evaluationBytes = 1024 ** 3;
const queue = new PQueue({
  concurrency: Math.max(1, Math.min(availableParallelism(), Math.floor(freemem() / evaluationBytes))),
});

async function evaluate(configuration: NixConfiguration, projection: string, onWarning: OnWarning): Promise<unknown> {
  try {
    return await queue.add(() => runEvaluation(configuration, projection, onWarning));
  } catch (error) {
    if (error instanceof CommandError) throw evaluationError(configuration, error);
    throw error;
  }
}

async function runEvaluation(
  configuration: NixConfiguration,
  projection: string,
  onWarning: OnWarning,
): Promise<unknown> {
  try {
    return await evaluateOnce(configuration, projection, true, onWarning);
  } catch (error) {
    if (!(error instanceof CommandError && needsStoreWrites(error.stderr))) throw error;
    return evaluateOnce(configuration, projection, false, onWarning);
  }
}

async function evaluateOnce(
  configuration: NixConfiguration,
  projection: string,
  readOnly: boolean,
  onWarning: OnWarning,
): Promise<unknown> {
  const { file, args } = evaluateCommand(configuration, projection, readOnly);
  const { stdout, stderr } = await run(file, args, { env: nixEnvironment });
  for (const warning of warningsIn(stderr)) onWarning(warning);
  return JSON.parse(stdout);
}

/** Import from derivation needs the derivation in the store, which a read-only evaluation does not write. */
function needsStoreWrites(stderr: string): boolean {
  return /path '\/nix\/store\/[^']+' is not valid|read-only/.test(stderr);
}

/** The warnings in what an evaluation printed, each once. */
export function warningsIn(stderr: string): string[] {
  const warnings = [
    ...stderr.matchAll(/^(?:evaluation warning|trace: warning|trace: evaluation warning|warning): (.+)$/gm),
  ];
  return [...new Set(warnings.map((match) => match[1] ?? ''))];
}

function evaluationError(configuration: NixConfiguration, error: CommandError): ProvisioningError {
  return new ProvisioningError(
    {
      what: `The NixOS configuration ${configurationName(configuration)} cannot be evaluated.`,
      tried: error.problem.tried ?? '',
      original: errorText(error.stderr),
      remedy: diagnose(error.stderr) ?? 'Mend what Nix names, then run `pulumi preview` again.',
    },
    { cause: error },
  );
}

/** Nix prints its warnings and a trace before the error proper; the last line that begins with `error:` is what is wrong. */
export function errorText(stderr: string): string {
  const start = [...stderr.matchAll(/^[ \t]*error:/gm)].at(-1)?.index ?? 0;
  return stderr.slice(start).trim();
}
