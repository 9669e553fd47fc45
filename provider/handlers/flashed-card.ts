import { isAbsolute } from 'node:path';
import { z } from 'zod';
import { type DeviceFacts, readDeviceFacts } from '../card/block-device.ts';
import { type FlashResult, flash } from '../card/flash.ts';
import { whyKeep, whyNotErase } from '../card/may-be-erased.ts';
import { DirectDevice } from '../card/direct-io.ts';
import { readCardContent } from '../card/card-content.ts';
import { ProvisioningError, messageOf } from '../errors.ts';
import type { Context } from '../context.ts';
import type { Failure, Handler } from './handler.ts';

const schema = z.strictObject({
  device: z
    .string()
    .regex(
      /^\/dev\/[\x21-\x7e]+$/,
      'must be the path of a device, for example /dev/disk/by-id/usb-Generic_Card_Reader_000000000001-0:0',
    ),
  imagePath: z.string().refine(isAbsolute, 'must be an absolute path'),
  imageSha256: z.string().regex(/^[0-9a-f]{64}$/, 'must be a SHA-256 in hexadecimal'),
  imageSizeBytes: z.int().positive(),
  expectedSizeBytes: z.int().positive().optional(),
  serial: z.string().min(1).optional(),
  allow: z.array(z.enum(['emmc', 'nvme', 'sata', 'virtio', 'loop'])).default([]),
  erase: z.boolean().default(false),
  verify: z.boolean().default(true),
  generation: z.union([z.string(), z.number()]).optional(),
});

/** What makes a card; the resource's documentation describes each. */
export type FlashedCardInputs = z.output<typeof schema>;

/** How the card can be told from others. */
export interface CardIdentity {
  readonly sizeBytes: number;
  readonly serial?: string;
  readonly model?: string;
  /** The kernel's count of media at the time of the flash. */
  readonly diskSequence?: number;
}

export type FlashedCardOutputs = FlashedCardInputs &
  FlashResult & { readonly identity: CardIdentity; readonly verified: boolean };

/**
 * An image on a card, with an SSH host key of its own. The card is written once and then moves into the Pi, so after the
 * flash nothing looks at the device again, and nothing but a changed `generation` asks for another flash.
 */
export const flashedCard: Handler<FlashedCardInputs, FlashedCardOutputs> = {
  schema,

  async validate(_context, inputs, previous) {
    const willFlash = previous === undefined || asksForAnother(previous, inputs);
    if (!willFlash || inputs.device === undefined) return [];
    try {
      const reasons = await whyNotFlash(inputs.device, inputs);
      return reasons.map((reason) => ({ property: 'device', reason }));
    } catch (error) {
      return [asFailure(error)];
    }
  },

  diff(outputs, inputs, unknown) {
    const again = unknown.includes('generation') || asksForAnother(outputs, inputs);
    return again ? { changes: true, replaces: ['generation'] } : { changes: false };
  },

  async create(context, inputs) {
    const facts = await requireRightDevice(inputs);
    const device = await DirectDevice.claim(inputs.device, 'write');
    try {
      await requireSameDevice(facts);
      await requireConsent(context, device, inputs);
      const result = await flash({ ...inputs, device, deviceSizeBytes: facts.sizeBytes }, context);
      context.log.info(`The card in ${inputs.device} is ready: put it into the Pi and switch it on.`);
      return {
        id: result.flashId,
        outputs: { ...inputs, ...result, verified: inputs.verify, identity: identityOf(facts) },
      };
    } catch (error) {
      throw context.signal.aborted ? interrupted(inputs.device, error) : error;
    } finally {
      await device.close();
    }
  },

  // The card is in the Pi, and what is in the reader may be any card: nothing that is there now says that this one is gone.
  read: (_context, _id, outputs) => Promise.resolve(outputs),

  update: (_context, _id, outputs) => Promise.resolve(outputs),

  delete(context, _id, outputs) {
    context.log.info(`The card that was flashed in ${outputs.device} stays as it is: nothing on it was erased.`);
    return Promise.resolve();
  },
};

/** No generation asks for nothing, so that taking the line out of a program erases nothing. */
function asksForAnother(before: Partial<FlashedCardInputs>, now: Partial<FlashedCardInputs>): boolean {
  return now.generation !== undefined && now.generation !== before.generation;
}

/** Everything that stands against a flash, without changing anything. */
async function whyNotFlash(device: string, inputs: Partial<FlashedCardInputs>): Promise<string[]> {
  const reasons = whyNotErase(await readDeviceFacts(device), { ...inputs, allow: inputs.allow ?? [] });
  if (reasons.length > 0) return reasons;
  const opened = await DirectDevice.claim(device, 'read');
  try {
    const reason = whyKeep(device, await readCardContent(opened), inputs.erase ?? false);
    return reason === undefined ? [] : [reason];
  } finally {
    await opened.close();
  }
}

function asFailure(error: unknown): Failure {
  return { property: 'device', reason: messageOf(error) };
}

async function requireRightDevice(inputs: FlashedCardInputs): Promise<DeviceFacts> {
  const facts = await readDeviceFacts(inputs.device);
  const reasons = whyNotErase(facts, inputs);
  if (reasons.length > 0) throw refusal(reasons);
  return facts;
}

/** Between the look at the device and its opening another card may have come into the reader. */
async function requireSameDevice(facts: DeviceFacts): Promise<void> {
  const now = await readDeviceFacts(facts.path);
  const same = now.name === facts.name && now.diskSequence === facts.diskSequence && now.sizeBytes === facts.sizeBytes;
  if (!same) throw refusal([`The card in ${facts.path} was exchanged for another one just now.`]);
}

async function requireConsent({ log }: Context, device: DirectDevice, { erase }: FlashedCardInputs): Promise<void> {
  const content = await readCardContent(device);
  if (content.kind === 'unfinished')
    log.info(`The card in ${device.path} holds an unfinished flash; it is flashed anew.`);
  const reason = whyKeep(device.path, content, erase);
  if (reason !== undefined) throw refusal([reason]);
}

function refusal(reasons: readonly string[]): ProvisioningError {
  return new ProvisioningError({
    what: reasons.join('\n  '),
    remedy: 'Nothing was written. Mend this and run `pulumi up` again.',
  });
}

function interrupted(device: string, cause: unknown): ProvisioningError {
  return new ProvisioningError(
    {
      what: `The flash of the card in ${device} was stopped before it was finished. The card may not boot now.`,
      remedy: 'Run `pulumi up` again: it recognises the card and flashes it.',
    },
    { cause },
  );
}

function identityOf({ sizeBytes, serial, model, diskSequence }: DeviceFacts): CardIdentity {
  return {
    sizeBytes,
    ...(serial !== undefined && { serial }),
    ...(model !== undefined && { model }),
    ...(diskSequence !== undefined && { diskSequence }),
  };
}
