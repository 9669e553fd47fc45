import type { FlakeConfiguration, NixConfiguration } from './configuration.ts';
import { changesForNix } from './evaluation-cache/environment.ts';

/** Which output of a NixOS system is meant. */
export type SystemOutput = { readonly kind: 'toplevel' } | { readonly kind: 'image'; readonly variant: string };

/** Where an output lies below a NixOS system, in Nix' syntax. */
export function attributePath(output: SystemOutput): string {
  return output.kind === 'toplevel'
    ? 'config.system.build.toplevel'
    : `config.system.build.images.${JSON.stringify(output.variant)}`;
}

/** A program and its arguments. */
export interface NixCommand {
  readonly file: string;
  readonly args: string[];
}

const flakeFeatures = ['--extra-experimental-features', 'nix-command flakes'];

/**
 * A command that prints `projection` (a Nix function) of the NixOS system as JSON and builds nothing. It writes derivations to
 * the store, as `nix-instantiate` does: what imports from one can be evaluated, and two systems can be compared unbuilt.
 */
export function evaluateCommand(configuration: NixConfiguration, projection: string): NixCommand {
  if (configuration.kind === 'flake') {
    return {
      file: 'nix',
      args: ['eval', ...flakeFeatures, '--json', flakeSystem(configuration), '--apply', projection],
    };
  }
  const expression = `(${projection}) (${channelSystem})`;
  return {
    file: 'nix-instantiate',
    args: ['--eval', '--strict', '--json', '--read-write-mode', ...searchPath(configuration), '-E', expression],
  };
}

/** A command that writes the derivation of an output to the store and prints its path. */
export function instantiateCommand(configuration: NixConfiguration, output: SystemOutput): NixCommand {
  if (configuration.kind === 'flake') {
    const target = `${flakeSystem(configuration)}.${attributePath(output)}.drvPath`;
    return { file: 'nix', args: ['eval', ...flakeFeatures, '--raw', target] };
  }
  const expression = `(${channelSystem}).${attributePath(output)}`;
  return { file: 'nix-instantiate', args: [...searchPath(configuration), '-E', expression] };
}

/**
 * What is changed in the environment of either command: NIXOS_CONFIG is taken out, since the configuration is the one that is named,
 * and what no configuration should depend on.
 */
export const nixEnvironment = changesForNix(process.env);

// As nixos-rebuild-ng does it: <nixpkgs/nixos> with nixos-config on the search path.
const channelSystem = 'import <nixpkgs/nixos> { configuration = <nixos-config>; }';

// In the fragment of a flake's URL a quoted name may hold dots; everything that a URL would not take is percent-encoded.
function flakeSystem({ reference, name }: FlakeConfiguration): string {
  return `${reference}#nixosConfigurations."${encodeURIComponent(name)}"`;
}

function searchPath(configuration: { file: string; nixPath: readonly string[] }): string[] {
  return ['-I', `nixos-config=${configuration.file}`, ...configuration.nixPath.flatMap((entry) => ['-I', entry])];
}
