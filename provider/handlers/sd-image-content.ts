import { mkdir, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { fileIdentity } from './file-identity.ts';
import { compressImage, type ImageMeasures, inspectImage } from '../card/image-file.ts';
import type { Context } from '../context.ts';
import { ProvisioningError } from '../errors.ts';
import { buildPlanned } from '../nix/build.ts';
import { nixConfiguration } from '../nix/configuration.ts';
import { inCacheFolder } from '../values/user-folders.ts';
import type { SdImageInputs } from './sd-image.ts';

/** Where an image is, and what was found out by reading it once. */
export type ImageContent = Omit<ImageMeasures, 'compressed'> & { readonly imagePath: string };

/**
 * Builds the image that the plan named, compresses it where the configuration did not, and reads it once.
 *
 * @throws ProvisioningError when it is not what was planned, cannot be built, or is damaged.
 */
export async function buildImage(
  context: Context,
  inputs: SdImageInputs,
  storePath: string,
  gcRoot: string,
): Promise<ImageContent> {
  const configuration = nixConfiguration(inputs, process.cwd());
  const output = { kind: 'image' as const, variant: inputs.variant };
  await buildPlanned(context, { configuration, output, storePath, gcRoot });
  const built = join(storePath, inputs.filePath ?? '');
  return built.endsWith('.zst')
    ? content(built, await inspectImage(built, context))
    : compressedIntoCache(context, built, storePath);
}

const underway = new Map<string, Promise<ImageContent>>();

/** An image that NixOS left uncompressed is compressed once, into the user's cache, for all resources of this run. */
async function compressedIntoCache(context: Context, built: string, storePath: string): Promise<ImageContent> {
  const target = join(inCacheFolder(), 'images', `${basename(storePath)}.img.zst`);
  const compressing = underway.get(target) ?? compressTo(target, context, built);
  underway.set(target, compressing);
  try {
    return await compressing;
  } finally {
    underway.delete(target);
  }
}

async function compressTo(target: string, context: Context, built: string): Promise<ImageContent> {
  // One that is damaged is made again.
  const there = (await isFile(target)) ? await inspectImage(target, context).catch(() => undefined) : undefined;
  context.signal.throwIfAborted();
  if (there !== undefined) return content(target, there);
  await mkdir(dirname(target), { recursive: true });
  return content(target, await compressImage(built, target, context));
}

/**
 * Reads an image file that somebody else made.
 *
 * @throws ProvisioningError when it is not the declared one, changed since the plan, or is damaged.
 */
export async function existingImage(context: Context, inputs: SdImageInputs, imageFile: string): Promise<ImageContent> {
  const path = resolve(imageFile);
  const facts = await inspectImage(path, context);
  if (inputs.imageFileIdentity !== undefined && inputs.imageFileIdentity !== (await fileIdentity(path)))
    throw new ProvisioningError({
      what: `The image ${path} changed since it was planned.`,
      remedy: 'Nothing was done. Wait until it is written, or downloaded, and run `pulumi up` again.',
    });
  const wanted = inputs.imageFileSha256?.toLowerCase();
  if (wanted !== undefined && wanted !== facts.compressedSha256)
    throw new ProvisioningError({
      what: `The image ${path} is not the one that is declared: its SHA-256 is ${facts.compressedSha256}, not ${wanted}.`,
      remedy:
        'Nothing was done. Download it again; or if it is the right one, put its SHA-256 into `imageFileSha256` (`sha256sum` shows it).',
    });
  return content(path, facts);
}

function content(imagePath: string, { sizeBytes, compressedSizeBytes, sha256, compressedSha256 }: ImageMeasures) {
  return { imagePath, sizeBytes, compressedSizeBytes, sha256, compressedSha256 };
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}
