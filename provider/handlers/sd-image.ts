import { randomUUID } from 'node:crypto';
import { access, mkdir, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { compressImage, inspectImage } from '../card/image-file.ts';
import type { Context } from '../context.ts';
import { buildPlanned } from '../nix/build.ts';
import { configurationShape, nixConfiguration } from '../nix/configuration.ts';
import { gcRootFor, removeGcRoot } from '../nix/gc-root.ts';
import { isStorePath } from '../values/store-path.ts';
import { systemFailures } from './input-rules.ts';
import type { Handler } from './handler.ts';

const schema = z.strictObject({
  ...configurationShape,
  variant: z
    .string()
    .regex(/^[A-Za-z0-9_-]+$/, 'is no name of an image variant')
    .default('sd-card'),
  system: z.string().default('aarch64-linux'),
  /** The image's output path and the file in it, evaluated in the program. */
  storePath: z.string().refine(isStorePath, 'is no store path'),
  filePath: z.string().min(1),
  /** The system that the image boots; empty where nixpkgs does not tell. */
  toplevel: z.string(),
  evaluatedSystem: z.string(),
});

export type SdImageInputs = z.infer<typeof schema>;

export interface SdImageOutputs extends SdImageInputs {
  readonly imagePath: string;
  /** The link that keeps the image from the garbage collector; missing in states from before it was recorded. */
  readonly gcRoot?: string;
  readonly sizeBytes: number;
  readonly compressedSizeBytes: number;
  readonly sha256: string;
}

/** Build the image that the plan named, compress it where the configuration did not, and know its exact size and hash. */
export const sdImage: Handler<SdImageInputs, SdImageOutputs> = {
  schema,

  validate: (_context, inputs) => Promise.resolve(systemFailures(inputs)),

  diff: (outputs, inputs, unknown) => ({ changes: unknown.length > 0 || inputs.storePath !== outputs.storePath }),

  async create(context, inputs) {
    const outputs = await build(context, inputs, newGcRoot(context, inputs));
    return { id: inputs.configuration ?? inputs.flake ?? inputs.storePath, outputs };
  },

  async read(context, _id, outputs) {
    await access(outputs.imagePath).catch(() => {
      context.log.warn(
        `${outputs.imagePath} is not on this machine any more; before a card is flashed again, build it with \`pulumi up --replace '${context.urn ?? 'URN'}'\`.`,
      );
    });
    return outputs;
  },

  update: (context, _id, outputs, inputs) => build(context, inputs, outputs.gcRoot ?? newGcRoot(context, inputs)),

  async delete(_context, _id, outputs) {
    if (outputs.gcRoot !== undefined) await removeGcRoot(outputs.gcRoot);
  },
};

async function build(context: Context, inputs: SdImageInputs, gcRoot: string): Promise<SdImageOutputs> {
  const configuration = nixConfiguration(inputs, process.cwd());
  const output = { kind: 'image' as const, variant: inputs.variant };
  await buildPlanned(context, { configuration, output, storePath: inputs.storePath, gcRoot });
  const built = join(inputs.storePath, inputs.filePath);
  const imagePath = built.endsWith('.zst') ? built : await compress(context, built, inputs);
  const { sizeBytes, compressedSizeBytes, sha256 } = await inspectImage(imagePath, context);
  return { ...inputs, imagePath, gcRoot, sizeBytes, compressedSizeBytes, sha256 };
}

/** Beside the GC root's reach: an image that NixOS left uncompressed is compressed once, into the user's cache. */
async function compress(context: Context, built: string, { storePath }: SdImageInputs): Promise<string> {
  const target = join(cacheDirectory(), 'images', `${basename(storePath)}.img.zst`);
  if (await isFile(target)) return target;
  await mkdir(dirname(target), { recursive: true });
  await compressImage(built, target, context);
  return target;
}

function cacheDirectory(): string {
  return join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'pulumi-nixos-pi');
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}

// A replacement has the same URN, and is there before the image that it replaces is deleted.
function newGcRoot(context: Context, inputs: SdImageInputs): string {
  return gcRootFor(`${context.urn ?? inputs.storePath} ${randomUUID()}`, 'sd-card');
}
