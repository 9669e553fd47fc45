import { z } from 'zod';
import { ProvisioningError } from '../errors.ts';
import { shellJoin } from '../process/quote.ts';
import { CommandError, run } from '../process/run.ts';
import { configurationName, type NixConfiguration } from './configuration.ts';
import { diagnose } from '../diagnosis/diagnose.ts';
import { ahead, cached, known, type Question } from './evaluation-cache/cached.ts';
import type { Evaluated } from './evaluation-cache/entries.ts';
import { errorText } from './error-text.ts';
import { imageFacts, imageFactsExpression, imageTraps } from './image-facts.ts';
import { held, whenMemoryAllows } from './evaluation-queue.ts';
import { evaluateCommand, instantiateCommand, nixEnvironment, type SystemOutput } from './expression.ts';

/** What a configuration would build, known without building it. */
export interface Evaluation {
  /** Output path of the system, or of its image. */
  readonly storePath: string;
  readonly drvPath: string;
  /** For example `aarch64-linux`: what it runs on, also when it is cross-compiled. */
  readonly system: string;
}

export interface SystemEvaluation extends Evaluation {
  /** For example `6.12.30`; null where the configuration does not tell. */
  readonly kernelVersion: string | null;
  /** `networking.hostName`; null where the configuration does not tell. */
  readonly hostName: string | null;
}

export interface ImageEvaluation extends Evaluation {
  /** The image file's path below the output, for example `sd-image/nixos-image-sd-card-26.05-aarch64-linux.img.zst`. */
  readonly filePath: string;
  /** The system that the image boots; null where this nixpkgs does not tell. */
  readonly toplevel: string | null;
}

/** Called with each warning of an evaluation, once. */
export type OnWarning = (warning: string) => void;

const evaluationFacts = { storePath: z.string(), drvPath: z.string(), system: z.string() };
const systemEvaluation = z.object({
  ...evaluationFacts,
  kernelVersion: z.string().nullable().catch(null),
  hostName: z.string().nullable().catch(null),
});
const imageEvaluation = z.object({
  ...evaluationFacts,
  filePath: z.string(),
  toplevel: z.string().nullable(),
  facts: imageFacts.nullable().catch(null),
});

// What only previews show must not be what an evaluation fails for.
const systemProjection = `nixos: let
  toplevel = nixos.config.system.build.toplevel;
  orNull = value: let attempt = builtins.tryEval value; in if attempt.success then attempt.value else null;
in {
  storePath = toplevel.outPath;
  drvPath = toplevel.drvPath;
  system = nixos.pkgs.stdenv.hostPlatform.system;
  kernelVersion = orNull (nixos.config.boot.kernelPackages.kernel.version or null);
  hostName = orNull (nixos.config.networking.hostName or null);
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
  facts = ${imageFactsExpression};
}`;

/**
 * What `nixos-rebuild` would build for this configuration. Nothing is built.
 *
 * @throws ProvisioningError with file, line and Nix' own text when the configuration cannot be evaluated.
 */
export async function evaluateSystem(configuration: NixConfiguration, onWarning: OnWarning): Promise<SystemEvaluation> {
  return await evaluate(systemQuestion(configuration), { kind: 'toplevel' }, onWarning);
}

/**
 * Evaluates before {@link evaluateSystem} is asked, which then waits for this evaluation, or finds its answer in the cache. Warnings and
 * errors are left to it: this one never rejects.
 */
export async function evaluateSystemAhead(configuration: NixConfiguration): Promise<void> {
  await ahead(systemQuestion(configuration), evaluateInTurn);
}

/** What {@link evaluateSystem} would say, where that is certain without evaluating; undefined where it is not. */
export async function knownSystem(configuration: NixConfiguration): Promise<SystemEvaluation | undefined> {
  return known(systemQuestion(configuration));
}

/**
 * The image that `nixos-rebuild build-image --image-variant <variant>` would build. Traps in its configuration that NixOS does
 * not report are told as warnings.
 */
export async function evaluateImage(
  configuration: NixConfiguration,
  variant: string,
  onWarning: OnWarning,
): Promise<ImageEvaluation> {
  const output = { kind: 'image', variant } as const;
  const question = { configuration, projection: imageProjection(variant), schema: imageEvaluation };
  const { facts, ...evaluation } = await evaluate(question, output, onWarning);
  for (const trap of facts === null ? [] : imageTraps(facts, configurationName(configuration))) onWarning(trap);
  return evaluation;
}

function systemQuestion(configuration: NixConfiguration): Question<SystemEvaluation> {
  return { configuration, projection: systemProjection, schema: systemEvaluation };
}

/** @param output what a person would build of it, for what an error says. */
async function evaluate<T>(question: Question<T>, output: SystemOutput, onWarning: OnWarning): Promise<T> {
  try {
    const { answer, warnings } = await held(cached(question, evaluateInTurn));
    for (const warning of warnings) onWarning(withRemedy(warning));
    return answer;
  } catch (error) {
    if (error instanceof CommandError) throw evaluationError(question.configuration, output, error);
    throw error;
  }
}

async function evaluateInTurn<T>(question: Question<T>): Promise<Evaluated<T>> {
  return await whenMemoryAllows(() => runEvaluation(question));
}

async function runEvaluation<T>({ configuration, projection, schema }: Question<T>): Promise<Evaluated<T>> {
  const { file, args } = evaluateCommand(configuration, projection);
  const { stdout, stderr } = await run(file, args, { env: nixEnvironment, background: true });
  return { answer: schema.parse(JSON.parse(stdout)), warnings: warningsIn(stderr) };
}

/** A warning of NixOS, or of Nix, with what is known to help. */
function withRemedy(warning: string): string {
  const known = diagnose(warning);
  return known === undefined ? warning : `${warning}\n  what to do: ${known}`;
}

/** The warnings in what an evaluation printed, each once. */
export function warningsIn(stderr: string): string[] {
  const warnings = [
    ...stderr.matchAll(/^(?:evaluation warning|trace: warning|trace: evaluation warning|warning): (.+)$/gm),
  ];
  return [...new Set(warnings.map((match) => match[1] ?? ''))];
}

function evaluationError(
  configuration: NixConfiguration,
  output: SystemOutput,
  error: CommandError,
): ProvisioningError {
  // What a person can paste; the question that is really asked is longer, and fails alike.
  const { file, args } = instantiateCommand(configuration, output);
  return new ProvisioningError(
    {
      what: `The NixOS configuration ${configurationName(configuration)} cannot be evaluated.`,
      tried: shellJoin([file, ...args]),
      original: errorText(error.stderr),
      remedy: diagnose(error.stderr) ?? 'Mend what Nix names, then run `pulumi preview` again.',
    },
    { cause: error },
  );
}
