import { randomUUID } from 'node:crypto';
import type { CardFindings } from '../../card-writer/card-content.ts';
import type { DeviceFacts } from '../../card-writer/device-facts.ts';
import type { Summary } from '../../card-writer/events.ts';
import { type FlashRequest, protocol } from '../../card-writer/request.ts';
import { inspectCard, writeCard } from '../card/card-writer.ts';
import { waitForCard } from '../card/card-reader.ts';
import { inTurn } from '../card/reader-turns.ts';
import { whyKeep } from '../card/erase-consent.ts';
import { firstBootFiles } from '../card/first-boot-files.ts';
import { type HostKey, generateHostKey, hostKeyOf } from '../card/host-key.ts';
import { requireKnownFeatures } from '../card/image-features.ts';
import { inspectImage } from '../card/image-file.ts';
import { recordFlashed } from '../card/flashed-record.ts';
import { type LastStep, forgetLastStep, recordLastStep, sealOf } from '../card/last-step.ts';
import { describeNextStep, describeSummary } from '../card/transfer-progress.ts';
import type { Context } from '../context.ts';
import { ProvisioningError, messageOf } from '../errors.ts';
import {
  type InputsWithDevice,
  declared,
  firstBootOf,
  lastStepOn,
  requireAsSeen,
  seenNow,
  whyNotFlash,
} from './flash-guards.ts';
import { type FlashedCardInputs, flashedCardSchema } from './flashed-card-inputs.ts';
import type { Failure, Handler } from './handler.ts';

/** How the card can be told from others. */
export interface CardIdentity {
  readonly sizeBytes: number;
  readonly serial?: string;
  readonly model?: string;
  /** The kernel's count of media at the time of the flash. */
  readonly diskSequence?: number;
}

/** What was put on the card, without what is nobody's business: that is on the card, and nowhere else. */
export type FlashedCardOutputs = Omit<FlashedCardInputs, Untold> & {
  readonly flashId: string;
  readonly writtenBytes: number;
  readonly writtenSha256: string;
  /** `ssh-ed25519 AAAA…`: what the Pi will answer with at its first boot. */
  readonly hostPublicKey: string;
  readonly identity: CardIdentity;
  readonly verified: boolean;
};

type Untold = 'hostPrivateKey' | 'wifi' | 'files' | 'seen';
const untold: ReadonlySet<string> = new Set<Untold>(['hostPrivateKey', 'wifi', 'files', 'seen']);

/**
 * An image on a card, with an SSH host key of its own. The card is written once and then moves into the Pi, so after the
 * flash nothing looks at the device again, and only a changed `generation`, or a changed image with `reflash:
 * "onImageChange"`, asks for another flash.
 */
export const flashedCard: Handler<FlashedCardInputs, FlashedCardOutputs> = {
  schema: flashedCardSchema,

  async validate(context, inputs, previous, unknown) {
    if (!willFlash(inputs, previous)) return [];
    try {
      if (inputs.hostPrivateKey !== undefined) hostKeyOf(inputs.hostPrivateKey);
    } catch (error) {
      return [{ property: 'hostPrivateKey', reason: messageOf(error) }];
    }
    try {
      const reasons = await whyNotFlash(context, inputs, unknown);
      return reasons.map((reason) => ({ property: 'device', reason }));
    } catch (error) {
      return [{ property: 'device', reason: messageOf(error) } satisfies Failure];
    }
  },

  observe: async (inputs, previous) => (willFlash(inputs, previous) ? seenNow(inputs) : {}),

  diff(outputs, inputs, unknown) {
    const imageUnknown = inputs.reflash === 'onImageChange' && unknown.includes('imageSha256');
    if (unknown.includes('generation') || imageUnknown || asksForAnother(outputs, inputs))
      return { changes: true, replaces: [asksByGeneration(outputs, inputs) ? 'generation' : 'imageSha256'] };
    return { changes: false };
  },

  async create(context, inputs) {
    const { outputs } = await inTurn(inputs.device, context.urn, async (writtenByAnother) => {
      const facts = await waitForCard(context, inputs, writtenByAnother);
      const findings = await inspectCard(declared(inputs), facts);
      requireAsSeen(inputs, facts, findings);
      const outputs =
        (await finishedBefore(context, inputs, facts, findings)) ?? (await flash(context, inputs, facts, findings));
      return { outputs, diskSequence: facts.diskSequence };
    });
    await recordFlashed(context.urn, outputs);
    if (context.urn !== undefined) await forgetLastStep(context.urn);
    return { id: outputs.flashId, outputs };
  },

  // The card is in the Pi, and what is in the reader may be any card: nothing that is there now says that this one is gone.
  async read(context, _id, outputs) {
    // Cards that were written on other machines are known here after a refresh.
    await recordFlashed(context.urn, outputs);
    return outputs;
  },

  update: (_context, _id, outputs) => Promise.resolve(outputs),

  delete(context, _id, outputs) {
    context.log.info(`The card that was flashed in ${outputs.device} stays as it is: nothing on it was erased.`);
    return Promise.resolve();
  },
};

/**
 * Before a replacement the engine checks once more, as if there had been nothing before (pkg/resource/deploy/step_generator.go).
 * Only a look at a device that is known tells something.
 */
function willFlash(
  inputs: Partial<FlashedCardInputs>,
  previous: FlashedCardInputs | undefined,
): inputs is InputsWithDevice {
  return inputs.device !== undefined && previous === undefined;
}

function asksForAnother(before: Partial<FlashedCardInputs>, now: Partial<FlashedCardInputs>): boolean {
  const byImage =
    now.reflash === 'onImageChange' && now.imageSha256 !== undefined && now.imageSha256 !== before.imageSha256;
  return byImage || asksByGeneration(before, now);
}

/** No generation asks for nothing, so that taking the line out of a program erases nothing. */
function asksByGeneration(before: Partial<FlashedCardInputs>, now: Partial<FlashedCardInputs>): boolean {
  return now.generation !== undefined && String(now.generation) !== String(before.generation);
}

async function flash(
  context: Context,
  inputs: FlashedCardInputs,
  facts: DeviceFacts,
  findings: CardFindings,
): Promise<FlashedCardOutputs> {
  const refusal = whyKeep(inputs.device, findings, inputs.erase);
  if (refusal !== undefined)
    throw new ProvisioningError({ what: refusal, remedy: 'Nothing was written. Mend this and run `pulumi up` again.' });
  await requireKnownFeatures(inputs.imagePath, context.signal);
  if (findings.content.kind === 'unfinished')
    context.log.info(
      `The card in ${inputs.device} holds an unfinished flash: what is right already is not written again.`,
    );
  const key = inputs.hostPrivateKey === undefined ? generateHostKey() : hostKeyOf(inputs.hostPrivateKey);
  const flashId = randomUUID();
  const result = resultOf(inputs, facts, flashId, key);
  try {
    const summary = await writeCard(
      {
        facts,
        request: requestOf(inputs, facts, findings, flashId, key),
        imagePath: inputs.imagePath,
        imageFileSha256: inputs.imageCompressedSha256 ?? (await fileHashOfImage(inputs, context)),
        beforeFinish: async (fingerprint) => {
          await keepLastStep(context, { ...result, fingerprint, firstBoot: sealOf(firstBootOf(inputs), flashId) });
        },
      },
      context,
    );
    tellSummary(context, inputs.device, summary);
    return result;
  } catch (error) {
    throw context.signal.aborted ? interrupted(inputs.device, error) : error;
  }
}

/** Where it cannot be kept, a run that is killed in its last moment is not recognised; that is no reason for having no card. */
async function keepLastStep(context: Context, step: LastStep): Promise<void> {
  if (context.urn === undefined) return;
  try {
    await recordLastStep(context.urn, step);
  } catch (error) {
    context.log.warn(
      `That this card is all but finished could not be noted (${messageOf(error)}): should this run be killed now, the next one will ask before it writes the card.`,
    );
  }
}

/** The hash of an image file that was not told: known once all of it was read, and found to hold the right image. */
async function fileHashOfImage(
  { imagePath, imageSha256, imageSizeBytes }: FlashedCardInputs,
  context: Context,
): Promise<string> {
  const { sha256, sizeBytes, compressedSha256 } = await inspectImage(imagePath, context);
  if (sha256 === imageSha256 && sizeBytes === imageSizeBytes) return compressedSha256;
  throw new ProvisioningError({
    what: `The image ${imagePath} is not the one that is declared: it has ${String(sizeBytes)} bytes and the SHA-256 ${sha256}, not ${String(imageSizeBytes)} and ${imageSha256}.`,
    remedy: 'Nothing was written. Give the right image, or its own `imageSha256` and `imageSizeBytes`.',
  });
}

function requestOf(
  inputs: FlashedCardInputs,
  { diskSequence }: DeviceFacts,
  { fingerprint }: CardFindings,
  flashId: string,
  key: HostKey,
): FlashRequest {
  return {
    protocol,
    action: 'flash',
    device: declared(inputs),
    seen: { fingerprint, ...(diskSequence !== undefined && { diskSequence }) },
    flashId,
    image: { sizeBytes: inputs.imageSizeBytes, sha256: inputs.imageSha256 },
    verify: inputs.verify,
    deviceZeroes: inputs.deviceZeroes,
    files: firstBootFiles(key, inputs.wifi, inputs.files),
  };
}

/** The result of a flash by an earlier run that was killed before Pulumi had it. */
async function finishedBefore(
  context: Context,
  inputs: FlashedCardInputs,
  facts: DeviceFacts,
  findings: CardFindings,
): Promise<FlashedCardOutputs | undefined> {
  const step = await lastStepOn(context, inputs, findings);
  if (step === undefined) return undefined;
  context.log.info(
    `The card in ${inputs.device} was finished by a run that ended before it could say so: it is taken over.`,
  );
  const { flashId, verified, hostPublicKey } = step;
  return { ...resultOf(inputs, facts, flashId, { publicKey: hostPublicKey }), verified };
}

function resultOf(
  inputs: FlashedCardInputs,
  facts: DeviceFacts,
  flashId: string,
  key: Pick<HostKey, 'publicKey'>,
): FlashedCardOutputs {
  const told = Object.entries(inputs).filter(([key]) => !untold.has(key));
  return {
    ...(Object.fromEntries(told) as Omit<FlashedCardInputs, Untold>),
    flashId,
    writtenBytes: inputs.imageSizeBytes,
    writtenSha256: inputs.imageSha256,
    hostPublicKey: key.publicKey,
    verified: inputs.verify,
    identity: identityOf(facts),
  };
}

function tellSummary({ log }: Context, device: string, summary: Summary): void {
  // One message, since of several the last to arrive is shown while the Pi is waited for, and of that its first line.
  log.info(`${describeNextStep(device, summary)}\n${describeSummary(summary)}.`);
}

function interrupted(device: string, cause: unknown): ProvisioningError {
  return new ProvisioningError(
    {
      what: `The flash of the card in ${device} was stopped before it was finished. The card may not boot now.`,
      remedy: 'Run `pulumi up` again: it recognises the card and goes on with it.',
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
