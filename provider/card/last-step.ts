import { createHash, scryptSync } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { inStateFolder } from '../values/user-folders.ts';

/**
 * What is known of a flash before its last step. Should this program be killed between that step and the moment when Pulumi
 * has the result, the next run finds a finished card and, with this, knows it as its own.
 */
const lastStep = z.object({
  flashId: z.string(),
  device: z.string(),
  imageSha256: z.string(),
  /** Of the finished card. */
  fingerprint: z.string(),
  hostPublicKey: z.string(),
  writtenBytes: z.number(),
  /** Whether it was read back. */
  verified: z.boolean(),
  /** Of what its owner had put on it for the first boot; see {@link sealOf}. */
  firstBoot: z.string(),
});

export type LastStep = z.infer<typeof lastStep>;

/**
 * Tells whether a card got the same secrets, and not which: a passphrase cannot be tried out on it in any useful time.
 *
 * @param salt of the flash.
 */
export function sealOf(secrets: unknown, salt: string): string {
  return scryptSync(JSON.stringify(secrets), salt, 32).toString('hex');
}

/** `owner` is the resource's address (URN). */
export async function recordLastStep(owner: string, step: LastStep): Promise<void> {
  const path = recordOf(owner);
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const unfinished = `${path}.${String(process.pid)}`;
  await writeFile(unfinished, JSON.stringify(step), { mode: 0o600, flush: true });
  await rename(unfinished, path);
}

/** Undefined when there is none, or none that can be understood. */
export async function readLastStep(owner: string): Promise<LastStep | undefined> {
  const text = await readFile(recordOf(owner), 'utf8').catch(() => '{}');
  return lastStep.safeParse(parseOrUndefined(text)).data;
}

/** One that cannot be removed is of a card that another run finds in the Pi by then. */
export async function forgetLastStep(owner: string): Promise<void> {
  await rm(recordOf(owner), { force: true }).catch(() => undefined);
}

function recordOf(owner: string): string {
  const name = createHash('sha256').update(owner).digest('hex').slice(0, 32);
  return inStateFolder('unreported-flashes', `${name}.json`);
}

function parseOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
