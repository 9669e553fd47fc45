import { z } from 'zod';
import { configurationShape, type ConfigurationInputs } from '../../provider/nix/configuration.ts';
import { type SshTargetInputs, sshTargetSchema } from '../../provider/ssh/target.ts';
import type { StackConfig } from './project-config.ts';
import { isSecretHost } from './secret-host.ts';

/** What a stack's state says of one Pi. */
export interface PiRecord {
  /** Of its NixosDeployment in the stack. */
  readonly urn: string;
  /** The resource's name; a stack may hold several Pis. */
  readonly name: string;
  readonly connection: SshTargetInputs;
  /** Its host was given as a secret: it is used, and not printed. */
  readonly hasSecretHost: boolean;
  /** What is deployed from; neither file nor flake where a store path was given. */
  readonly configuration: ConfigurationInputs;
  /** Store path of the system that was deployed last. */
  readonly storePath: string;
  readonly generation: number;
}

/** An image that a stack's program evaluates each time it runs. */
export interface ImageRecord {
  readonly configuration: ConfigurationInputs;
  readonly variant: string;
}

/** What a stack's state says, beside its config. */
export interface StackRecord {
  readonly stack: string;
  /** Undefined where it is not known. */
  readonly config: StackConfig | undefined;
  /** One for each NixosDeployment that was carried out: none before the first `pulumi up` is through. */
  readonly pis: readonly PiRecord[];
  readonly images: readonly ImageRecord[];
}

const resources = z.array(
  z.object({ type: z.string(), urn: z.string().default(''), outputs: z.record(z.string(), z.unknown()).optional() }),
);
const state = z.object({ deployment: z.object({ resources: resources.default([]) }).nullish() });

const deployed = z.object({
  connection: sshTargetSchema,
  ...configurationShape,
  storePath: z.string(),
  generation: z.number().catch(0),
});

const imaged = z.object({ ...configurationShape, variant: z.string().default('sd-card') });

/**
 * Reads what `pulumi stack export` printed.
 *
 * @param config of the stack, where a host may be a secret, too; undefined where it is not known.
 */
export function stackRecord(stack: string, exported: string, config: StackConfig | undefined): StackRecord {
  const all = resourcesIn(exported);
  const of = (kind: string) => all.filter(({ type }) => type.endsWith(`:${kind}`));
  return {
    stack,
    config,
    pis: byName(of('NixosDeployment')).flatMap(({ urn, outputs }) => {
      const found = deployed.safeParse(revealed(outputs)).data;
      if (found === undefined) return [];
      const hasSecretHost = isSecretHost(config) || secretHost.safeParse(outputs?.['connection']).success;
      return [{ urn, name: resourceName(urn), ...recordOf(found), hasSecretHost }];
    }),
    images: of('SdImage').flatMap(({ outputs }) => {
      const { variant, ...configuration } = imaged.safeParse(revealed(outputs)).data ?? { variant: '' };
      return isNamed(configuration) ? [{ configuration, variant }] : [];
    }),
  };
}

function recordOf({ connection, storePath, generation, ...configuration }: z.output<typeof deployed>) {
  return { connection, configuration, storePath, generation };
}

/** Whether a connection can only be read with the stack's passphrase, because part of it was given as a secret. */
export function isSealed(exported: string): boolean {
  return resourcesIn(exported)
    .filter(({ type }) => type.endsWith(':NixosDeployment'))
    .some(({ outputs }) => JSON.stringify(outputs?.['connection'] ?? '').includes(secretMark));
}

function resourcesIn(exported: string): z.output<typeof resources> {
  return state.parse(JSON.parse(exported)).deployment?.resources ?? [];
}

// How a state marks a secret (sdk/go/common/resource/sig).
const signature = '4dabf18193072939515e22adb298388d';
const secretMark = '1b47061264138c4ac30d75fd1eb44270';

const secretShape = z.object({ [signature]: z.literal(secretMark) });
const decrypted = secretShape.extend({ plaintext: z.string() });

/** A connection that is a secret, or its host is. */
const secretHost = secretShape.or(z.object({ host: secretShape }));

/** Outputs with the values of secrets that were exported decrypted. */
function revealed(outputs: Readonly<Record<string, unknown>> = {}): unknown {
  return JSON.parse(JSON.stringify(outputs), (_key, value: unknown) => {
    const secret = decrypted.safeParse(value).data;
    return secret === undefined ? value : (JSON.parse(secret.plaintext) as unknown);
  });
}

/** Whether there is something to evaluate. */
export function isNamed({ configuration, flake }: ConfigurationInputs): boolean {
  return configuration !== undefined || flake !== undefined;
}

/** The order of a state is the one in which its resources were changed last. */
function byName<T extends { readonly urn: string }>(found: readonly T[]): T[] {
  return [...found].sort((one, other) => resourceName(one.urn).localeCompare(resourceName(other.urn)));
}

/** How a Pi is called where all are listed: `kitchen`, or `shelf/east` for one of several in a stack. */
export function piLabel(stack: string, name?: string): string {
  return name === undefined ? stack : `${stack}/${name}`;
}

/** The name at the end of a URN. */
export function resourceName(urn: string): string {
  return urn.slice(urn.lastIndexOf('::') + 2);
}
