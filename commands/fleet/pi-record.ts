import { z } from 'zod';
import { configurationShape, type ConfigurationInputs } from '../../provider/nix/configuration.ts';
import { type SshTargetInputs, sshTargetSchema } from '../../provider/ssh/target.ts';

/** What a stack's state says of its Pi. */
export interface PiRecord {
  readonly connection: SshTargetInputs;
  /** What is deployed from; neither file nor flake where a store path was given. */
  readonly configuration: ConfigurationInputs;
  /** Store path of the system that was deployed last. */
  readonly storePath: string;
  readonly generation: number;
}

const state = z.object({
  deployment: z.object({
    resources: z
      .array(z.object({ type: z.string(), outputs: z.record(z.string(), z.unknown()).optional() }))
      .default([]),
  }),
});

const deployed = z.object({
  connection: sshTargetSchema,
  ...configurationShape,
  storePath: z.string(),
  generation: z.number().catch(0),
});

/**
 * Reads what `pulumi stack export` printed.
 *
 * @returns a record for each NixosDeployment of the stack: none before the first `pulumi up` is through.
 */
export function piRecords(exported: string): PiRecord[] {
  const { resources } = state.parse(JSON.parse(exported)).deployment;
  return resources
    .filter(({ type }) => type.endsWith(':NixosDeployment'))
    .flatMap(({ outputs }) => deployed.safeParse(outputs).data ?? [])
    .map(({ connection, storePath, generation, ...configuration }) => ({
      connection,
      configuration,
      storePath,
      generation,
    }));
}
