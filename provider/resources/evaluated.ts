import * as pulumi from '@pulumi/pulumi';
import { messageOf, ProvisioningError } from '../errors.ts';
import {
  configurationName,
  type ConfigurationInputs,
  nixConfiguration,
  type NixConfiguration,
} from '../nix/configuration.ts';
import { evaluateSystemAhead, type OnWarning } from '../nix/evaluate.ts';
import { ProgramFailure } from './program-failure.ts';

/** Where a NixOS configuration is: exactly one of `configuration` and `flake`. */
export interface ConfigurationArgs {
  /**
   * A `.nix` file, relative to the directory of Pulumi.yaml; found as by `nixos-rebuild -I nixos-config=…`. Default: none,
   * `flake` is given.
   *
   * @example 'hosts/kitchen/configuration.nix'
   */
  configuration?: pulumi.Input<string>;
  /**
   * A flake and the name of a host in its `nixosConfigurations`. Default: none, `configuration` is given.
   *
   * @example '.#kitchen'
   */
  flake?: pulumi.Input<string>;
  /**
   * Entries of Nix' search path, before those of NIX_PATH; for `configuration` only. Default: none.
   *
   * @example ['nixpkgs=https://releases.nixos.org/nixos/26.05/nixos-26.05.1234.abcdef/nixexprs.tar.xz']
   */
  nixPath?: pulumi.Input<pulumi.Input<string>[]>;
}

/**
 * Evaluates a configuration in the program, so that its store path is a plain input that a preview shows. Unknown inputs
 * skip it. A configuration that cannot be evaluated ends the program with Nix' message and no stack; others are evaluated
 * to their end, so that one preview shows every mistake.
 *
 * As many are evaluated side by side as memory and cores allow (NIXOS_PI_PARALLEL_EVALUATIONS in the environment sets how
 * many). What is certain to be the same as last time is not evaluated again (NIXOS_PI_EVALUATION_CACHE=off turns that off).
 */
export function evaluated<T>(
  args: ConfigurationArgs,
  evaluate: (configuration: NixConfiguration, onWarning: OnWarning) => Promise<T>,
): pulumi.Output<T> {
  const { configuration, flake, nixPath } = args;
  return pulumi.output({ configuration, flake, nixPath }).apply(async (inputs) => {
    try {
      const found = nixConfiguration(inputs, process.cwd());
      const passing = true;
      void pulumi.log.info(`evaluating ${configurationName(found)}`, undefined, undefined, passing);
      return await evaluate(found, warnOnce);
    } catch (error) {
      throw evaluationFailure(error);
    }
  });
}

/**
 * Evaluates a configuration that a NixosDeployment gets only later, when something is known that hardly ever changes what it says. If its
 * files are the same then, the resource has the answer at once. Tells nothing, not even that it failed, and never rejects: what is wrong
 * the resource says.
 */
export async function evaluateAhead(inputs: ConfigurationInputs): Promise<void> {
  try {
    await evaluateSystemAhead(nixConfiguration(inputs, process.cwd()));
  } catch {
    // `inputs` that name no configuration.
  }
}

/** Tells each text once: two configurations that import the same file give the same warning. */
export function eachOnce(tell: (text: string) => void): (text: string) => void {
  const told = new Set<string>();
  return (text) => {
    if (!told.has(text)) tell(text);
    told.add(text);
  };
}

const warnOnce = eachOnce((warning) => void pulumi.log.warn(warning));

const failures = new Map<string, ProgramFailure>();

/**
 * What the program fails with. One mistake in a file that two configurations import is one failure: the SDK tells each error
 * object once.
 */
export function evaluationFailure(error: unknown): ProgramFailure {
  const mistake = (error instanceof ProvisioningError ? error.problem.original : undefined) ?? messageOf(error);
  const failure = failures.get(mistake) ?? new ProgramFailure(messageOf(error));
  failures.set(mistake, failure);
  return failure;
}
