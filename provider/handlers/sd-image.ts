import { access, lstat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { z } from 'zod';
import { wasFlashed } from '../card/flashed-record.ts';
import { openImage } from '../card/image-source.ts';
import type { Context } from '../context.ts';
import { messageOf, ProvisioningError } from '../errors.ts';
import { configurationShape } from '../nix/configuration.ts';
import { gcRootFor, isOwnGcRoot, makingGcRoot, removeGcRoot } from '../nix/gc-root.ts';
import { isStorePath } from '../values/store-path.ts';
import { buildImage, existingImage } from './sd-image-content.ts';
import { expecting, systemFailures } from './input-rules.ts';
import type { Failure, Handler } from './handler.ts';

const schema = z.strictObject({
  ...configurationShape,
  variant: z
    .string()
    .regex(/^[A-Za-z0-9_-]+$/, 'is no name of an image variant')
    .default('sd-card'),
  system: z.string().default('aarch64-linux'),
  /** The image's output path and the file in it, evaluated in the program; not given where `imageFile` is. */
  storePath: z.string().refine(isStorePath, 'is no store path').optional(),
  filePath: z.string().min(1).optional(),
  /** The system that the image boots; empty where nobody tells. */
  toplevel: z.string().default(''),
  evaluatedSystem: z.string().optional(),
  imageFile: z.string().min(1).optional(),
  imageFileSha256: z
    .string()
    .regex(/^[0-9a-fA-F]{64}$/, 'must be a SHA-256 in hexadecimal: `sha256sum FILE` shows it')
    .optional(),
  /** What changes with the file, looked at in the program; not given where it is not there. */
  imageFileIdentity: z.string().optional(),
  generation: z.union([z.string(), z.number()]).optional(),
  rebuild: z.enum(['whenFlashed', 'onChange'], expecting('`whenFlashed` or `onChange`')).default('whenFlashed'),
});

export type SdImageInputs = z.output<typeof schema>;

// What came with later versions is missing in the states of earlier ones.
export interface SdImageOutputs extends Omit<SdImageInputs, 'rebuild'> {
  readonly rebuild?: SdImageInputs['rebuild'];
  readonly imagePath: string;
  /** The link that keeps the image from the garbage collector; none for an `imageFile`. */
  readonly gcRoot?: string;
  readonly sizeBytes: number;
  readonly compressedSizeBytes: number;
  readonly sha256: string;
  readonly compressedSha256?: string;
}

/**
 * An image with its exact size and hashes: built as the plan named it, or a file that is there. It is built when it is needed:
 * at create, when a flash is asked for, and as long as no card was written with the one that is there.
 */
export const sdImage: Handler<SdImageInputs, SdImageOutputs> = {
  schema,

  async validate(_context, inputs, previous, unknown) {
    const isNew = previous === undefined || isAnotherFile(previous, inputs);
    return [
      ...sourceFailures(inputs, unknown),
      ...systemFailures(inputs),
      ...(isNew ? await fileFailures(inputs) : []),
    ];
  },

  async diff(outputs, inputs, unknown, context) {
    if (unknown.some((key) => key === 'generation' || key === 'rebuild')) return { changes: true };
    const isAnother = isAnotherImage(outputs, inputs) || unknown.length > 0;
    const isThere = await exists(outputs.imagePath);
    if (asksForFlash(outputs, inputs, isAnother || !isThere)) return { changes: true };
    if (!isAnother && isThere) return { changes: false };
    if (inputs.rebuild === 'onChange' && isAnother) return { changes: true };
    if (await isAwaited(context, outputs, isThere)) return { changes: true };
    if (isAnother && unknown.length === 0) context.log.info(notBuilt(inputs));
    return { changes: false };
  },

  async create(context, inputs) {
    const outputs = await make(context, inputs, await newGcRoot(context, inputs));
    return { id: inputs.imageFile ?? inputs.configuration ?? inputs.flake ?? outputs.imagePath, outputs };
  },

  async read(context, _id, outputs) {
    if (!(await exists(outputs.imagePath))) context.log.warn(await goneFor(context, outputs));
    return outputs;
  },

  async update(context, _id, outputs, inputs) {
    const before = outputs.gcRoot !== undefined && isOwnGcRoot(outputs.gcRoot) ? outputs.gcRoot : undefined;
    const now = await make(context, inputs, before ?? (await newGcRoot(context, inputs)));
    if (before !== undefined && now.gcRoot === undefined) await removeGcRoot(before);
    return now;
  },

  async delete(context, _id, { gcRoot }) {
    if (gcRoot === undefined) return;
    if (isOwnGcRoot(gcRoot)) await removeGcRoot(gcRoot);
    else context.log.info(`${gcRoot}, which keeps the image from being collected, is another user's, and stays.`);
  },
};

async function make(context: Context, inputs: SdImageInputs, gcRoot: string): Promise<SdImageOutputs> {
  const { imageFile, storePath } = inputs;
  if (imageFile !== undefined) return { ...inputs, ...(await existingImage(context, inputs, imageFile)) };
  if (storePath === undefined)
    throw new ProvisioningError({
      what: 'No image is given.',
      remedy: 'Set `configuration`, `flake`, or `imageFile`.',
    });
  const built = await makingGcRoot(gcRoot, () => buildImage(context, inputs, storePath, gcRoot));
  return { ...inputs, ...built, gcRoot };
}

function sourceFailures(
  { imageFile, imageFileSha256, configuration, flake }: Partial<SdImageInputs>,
  unknown: readonly string[],
): Failure[] {
  if (imageFile !== undefined && (configuration ?? flake) !== undefined)
    return [{ property: 'imageFile', reason: 'is given beside a configuration: give one of them' }];
  if (imageFile === undefined && !unknown.includes('imageFile') && imageFileSha256 !== undefined)
    return [{ property: 'imageFileSha256', reason: 'is given without `imageFile`, whose SHA-256 it would be' }];
  return [];
}

async function fileFailures({ imageFile }: Partial<SdImageInputs>): Promise<Failure[]> {
  if (imageFile === undefined) return [];
  try {
    await openImage(resolve(imageFile));
    return [];
  } catch (error) {
    return [{ property: 'imageFile', reason: messageOf(error) }];
  }
}

function isAnotherImage(before: SdImageOutputs, now: Partial<SdImageInputs>): boolean {
  if (now.imageFile === undefined) return now.storePath !== before.storePath;
  const { imageFileIdentity, imageFileSha256 } = now;
  const isOther = imageFileIdentity !== undefined && imageFileIdentity !== before.imageFileIdentity;
  const isWrong = imageFileSha256 !== undefined && imageFileSha256.toLowerCase() !== before.compressedSha256;
  return before.imageFile === undefined || isOther || isWrong;
}

/** Whoever took away a file that was flashed long ago, or is on another machine, asks for nothing: it has no identity now. */
function isAnotherFile(before: Partial<SdImageInputs>, now: Partial<SdImageInputs>): boolean {
  const { imageFile, imageFileIdentity } = now;
  return (
    imageFile !== before.imageFile ||
    (imageFileIdentity !== undefined && imageFileIdentity !== before.imageFileIdentity)
  );
}

/** As with FlashedCard: no generation asks for nothing. */
function asksForFlash(before: SdImageOutputs, { generation }: Partial<SdImageInputs>, isNeeded: boolean): boolean {
  if (generation === undefined || String(generation) === String(before.generation)) return false;
  // States from before images had a generation: what they hold was built for the last flash.
  return before.rebuild !== undefined || isNeeded;
}

/**
 * The flash that this image is for is still to come, on this machine: it must not find an image that is old or gone. On another
 * machine nobody knows what was flashed.
 */
async function isAwaited({ urn }: Context, outputs: SdImageOutputs, isThere: boolean): Promise<boolean> {
  const { sha256, gcRoot, generation } = outputs;
  const isOurs = isThere || (gcRoot !== undefined && (await linkExists(gcRoot)));
  return isOurs && !(await wasFlashed(urn, { imageSha256: sha256, generation }));
}

function notBuilt({ imageFile, storePath }: Partial<SdImageInputs>): string {
  const image = imageFile ?? storePath ?? 'of a changed configuration';
  return (
    `A newer image is available, not built: ${image}. No card needs it; it is built when a flash is asked for (another ` +
    '`generation`, in a stack\'s config `cardGeneration`), or at each change with `rebuild: "onChange"`.'
  );
}

async function goneFor(context: Context, outputs: SdImageOutputs): Promise<string> {
  const gone = `${outputs.imagePath} is not on this machine any more`;
  if (await isAwaited(context, outputs, false))
    return `${gone}; the next \`pulumi up\` makes it again, since no card has it yet.`;
  return `${gone}, and nothing needs it now. Another \`generation\` makes it again before a card is flashed; so does \`pulumi up --replace '${context.urn ?? 'URN'}'\`.`;
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

async function linkExists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}

/**
 * A replacement has the same URN, and is there before the image that it replaces is deleted: there are two places. One that a killed
 * run has left is used again: the older one, since the younger may be that of the image in the state.
 */
async function newGcRoot(context: Context, inputs: SdImageInputs): Promise<string> {
  const owner = context.urn ?? inputs.storePath ?? '';
  const [place, other] = [gcRootFor(owner, 'sd-card'), gcRootFor(`${owner} replacement`, 'sd-card')];
  const [madeHere = 0, madeThere = 0] = [await madeAt(place), await madeAt(other)];
  return madeHere <= madeThere ? place : other;
}

/** When a link was made, in milliseconds; undefined where there is none. */
async function madeAt(path: string): Promise<number | undefined> {
  return lstat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => undefined,
  );
}
