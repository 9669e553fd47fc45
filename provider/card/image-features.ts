import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toolsTooOld } from '../../card-writer/ext4-files.ts';
import { rootPartition } from '../../card-writer/partition-table.ts';
import { CardError } from '../../card-writer/problem.ts';
import { runTool } from '../../card-writer/system-tool.ts';
import { ProvisioningError } from '../errors.ts';
import { errorOf } from './card-writer.ts';
import { type ImageSource, openImage, partsOf } from './image-source.ts';

/** How far from a file system's beginning its superblock reaches, and a bit more. */
const superblockBytes = 4096;

/**
 * Makes sure that this machine's e2fsprogs know all that the root file system of an image uses: the check of the written card, which
 * needs them, would only come when the image is on it. Reads the image's beginning.
 *
 * @throws ProvisioningError when they are too old for it, or it cannot be read.
 */
export async function requireKnownFeatures(path: string, signal: AbortSignal): Promise<void> {
  const image = await openImage(path);
  const startBytes = rootOf(await partOf(image, 0, 512, signal));
  if (startBytes === undefined) return;
  const said = await featuresOf(await partOf(image, startBytes, superblockBytes, signal));
  // Names that debugfs does not know are numbers; some it does not open at all.
  if (!/\bFEATURE_[CIR]\d+|unsupported feature/.test(said)) return;
  throw new ProvisioningError(toolsTooOld(`the image ${path}`, said, 'Nothing was written.'));
}

/** Undefined for what is no card image: the card writer refuses it before it writes, and says why. */
function rootOf(head: Buffer): number | undefined {
  try {
    return rootPartition(head, Infinity).startBytes;
  } catch {
    return undefined;
  }
}

async function partOf(image: ImageSource, position: number, length: number, signal: AbortSignal): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of partsOf(image, [{ position, length }], signal)) pieces.push(Buffer.from(piece));
  return Buffer.concat(pieces);
}

/** What debugfs says of the features in a superblock. */
async function featuresOf(beginning: Buffer): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'nixos-pi-superblock-'));
  try {
    const file = join(folder, 'beginning');
    await writeFile(file, beginning);
    // Catastrophic mode: of all the rest, which is not there, nothing is read.
    const { stdout, stderr } = await runTool('debugfs', ['-c', '-R', 'features', file]).catch((error: unknown) => {
      throw error instanceof CardError ? errorOf(error.problem) : error;
    });
    return [stdout, stderr].join('\n').trim();
  } finally {
    await rm(folder, { recursive: true });
  }
}
