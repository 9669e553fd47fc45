import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { z } from 'zod';
import { ProvisioningError } from '../errors.ts';

/** A NixOS configuration in a file, found as nixos-rebuild finds it: through NIX_PATH. */
export interface FileConfiguration {
  readonly kind: 'channel';
  /** Absolute path of the `.nix` file. */
  readonly file: string;
  /** Entries for `-I`, searched before the environment's NIX_PATH, for example `nixpkgs=channel:nixos-26.05`. */
  readonly nixPath: readonly string[];
}

/** A NixOS configuration in a flake's `nixosConfigurations`. */
export interface FlakeConfiguration {
  readonly kind: 'flake';
  /** The flake, for example `.` or `github:me/pis`. */
  readonly reference: string;
  /** The name in `nixosConfigurations`. */
  readonly name: string;
}

export type NixConfiguration = FileConfiguration | FlakeConfiguration;

/** How a person names a configuration: exactly one of `configuration` and `flake`. */
export interface ConfigurationInputs {
  readonly configuration?: string | undefined;
  readonly flake?: string | undefined;
  readonly nixPath?: readonly string[] | undefined;
}

/** The schema of these inputs, for the resources that take them. */
export const configurationShape = {
  configuration: z.string().min(1).optional(),
  flake: z.string().min(1).optional(),
  nixPath: z.array(z.string().min(1)).optional(),
};

/**
 * @param directory what relative paths are relative to: the Pulumi project.
 * @throws ProvisioningError when neither or both are given, the file does not exist, or the flake names no host.
 */
export function nixConfiguration(inputs: ConfigurationInputs, directory: string): NixConfiguration {
  const { configuration, flake } = inputs;
  if (configuration !== undefined && flake !== undefined) {
    throw new ProvisioningError({
      what: 'Both `configuration` and `flake` are given.',
      remedy: 'Give one of them: `configuration` for a file with NIX_PATH, `flake` for flake#host.',
    });
  }
  if (configuration !== undefined) return channel(resolve(directory, configuration), inputs.nixPath ?? []);
  if (flake !== undefined) return flakeHost(flake);
  throw new ProvisioningError({
    what: 'No NixOS configuration is given.',
    remedy: 'Set `configuration` (a .nix file) or `flake` (for example `.#kitchen`).',
  });
}

/** The configuration in words, for messages. */
export function configurationName(configuration: NixConfiguration): string {
  return configuration.kind === 'channel' ? configuration.file : `${configuration.reference}#${configuration.name}`;
}

function channel(file: string, nixPath: readonly string[]): FileConfiguration {
  if (!existsSync(file)) {
    throw new ProvisioningError({
      what: `The configuration ${file} does not exist.`,
      remedy: 'Correct the path; it is relative to the directory of Pulumi.yaml.',
    });
  }
  return { kind: 'channel', file, nixPath };
}

function flakeHost(flake: string): FlakeConfiguration {
  const [reference = '', name = '', ...rest] = flake.split('#');
  if (!isHostName(name) || rest.length > 0 || reference.startsWith('-')) {
    throw new ProvisioningError({
      what: `The flake ${JSON.stringify(flake)} names no host.`,
      remedy: 'Write flake#host, as in `nixosConfigurations.host`; for example `.#kitchen`.',
    });
  }
  return { kind: 'flake', reference: reference === '' ? '.' : reference, name };
}

// Any attribute name that can be quoted in a flake's attribute path, which knows no escapes; but not a path of attributes.
function isHostName(name: string): boolean {
  return /^[^"\p{Cc}]+$/u.test(name) && !name.startsWith('nixosConfigurations.');
}
