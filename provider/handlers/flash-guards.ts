import type { CardFindings } from '../../card-writer/card-content.ts';
import type { DeviceFacts } from '../../card-writer/device-facts.ts';
import { largestCardBytes } from '../../card-writer/device-verdict.ts';
import type { DeclaredDevice } from '../../card-writer/request.ts';
import { lookAtReader, whyNotErase } from '../card/card-reader.ts';
import { inspectCard } from '../card/card-writer.ts';
import { describeContent, whyKeep } from '../card/erase-consent.ts';
import { isTaken } from '../card/reader-turns.ts';
import { type LastStep, readLastStep, sealOf } from '../card/last-step.ts';
import { warnOfNamesakes } from '../card/namesakes.ts';
import type { Context } from '../context.ts';
import { ProvisioningError } from '../errors.ts';
import type { FlashedCardInputs } from './flashed-card-inputs.ts';

/** Inputs of which the device, at least, is known. */
export type InputsWithDevice = Partial<FlashedCardInputs> & Pick<FlashedCardInputs, 'device'>;

/** The device that the inputs declare. */
export function declared(inputs: InputsWithDevice): DeclaredDevice {
  const { device, allow, maximumSizeBytes, expectedSizeBytes, serial } = inputs;
  return {
    path: device,
    allow: allow ?? [],
    maximumSizeBytes: maximumSizeBytes ?? largestCardBytes,
    ...(expectedSizeBytes !== undefined && { expectedSizeBytes }),
    ...(serial !== undefined && { serial }),
  };
}

/** The environment variable with which whoever runs many stacks at once says that no card is meant: `never`. */
const flashVariable = 'NIXOS_PI_FLASH';

/** Everything that stands against a flash, without changing anything and without waiting. */
export async function whyNotFlash(
  context: Context,
  inputs: InputsWithDevice,
  unknown: readonly string[],
): Promise<string[]> {
  const path = inputs.device;
  if (process.env[flashVariable] === 'never')
    return [
      `The card in ${path} is to be written, and this run writes none (${flashVariable}=never; \`npm run fleet\` writes cards only with \`--flash\`).`,
    ];
  if (unknown.includes('allow') || unknown.includes('maximumSizeBytes')) {
    context.log.info(
      `The card in ${path} is looked at when it is known what it may be (\`allow\`, \`maximumSizeBytes\`).`,
    );
    return [];
  }
  if (isTaken(path)) {
    context.log.info(`Another card is being written in ${path}; after that \`pulumi up\` will wait for this one.`);
    return [];
  }
  const facts = await lookAtReader(path);
  if (facts === undefined) {
    context.log.info(`There is no card in ${path} yet; \`pulumi up\` will wait for one.`);
    return [];
  }
  const reasons = whyNotErase(facts, declared(inputs), inputs.imageSizeBytes);
  if (reasons.length > 0) return reasons;
  const findings = await inspectCard(declared(inputs), facts);
  if (await isFinished(context, inputs, findings, unknown)) return [];
  const reason = whyKeep(path, findings, inputs.erase);
  if (reason !== undefined && !unknown.includes('erase')) return [reason];
  const warning = await warnOfNamesakes(facts.name);
  if (warning !== undefined) context.log.warn(warning);
  context.log.info(`The card in ${path} holds ${describeContent(findings)} (fingerprint ${findings.fingerprint}).`);
  return [];
}

/** Whether an earlier run finished this very card, with the image that is wanted as far as that is known yet. */
async function isFinished(
  context: Context,
  inputs: InputsWithDevice,
  findings: CardFindings,
  unknown: readonly string[],
): Promise<boolean> {
  const step = await lastStepOn(context, inputs, findings, unknown);
  if (step === undefined) return false;
  context.log.info(`The card in ${inputs.device} was finished by a run that ended before it could say so.`);
  return true;
}

/**
 * What a run knew of the card that it finished as it is wanted now, before it ended without saying so. What is `unknown` may be
 * as it was.
 */
export async function lastStepOn(
  { urn }: Context,
  inputs: InputsWithDevice,
  { content, fingerprint }: CardFindings,
  unknown: readonly string[] = [],
): Promise<LastStep | undefined> {
  const step = urn === undefined ? undefined : await readLastStep(urn);
  if (step === undefined || content.kind !== 'data' || step.fingerprint !== fingerprint) return undefined;
  const { imageSha256 = step.imageSha256, verify = true } = inputs;
  const isWanted =
    imageSha256 === step.imageSha256 &&
    (step.verified || !verify) &&
    (firstBootInputs.some((key) => unknown.includes(key)) ||
      step.firstBoot === sealOf(firstBootOf(inputs), step.flashId));
  return isWanted ? step : undefined;
}

const firstBootInputs = ['hostPrivateKey', 'wifi', 'files'] as const;

/** What the owner of a card wants on it beside the image, in one form: whoever hands on inputs may change the order of their keys. */
export function firstBootOf({ hostPrivateKey, wifi, files = [] }: Partial<FlashedCardInputs>): unknown {
  return [
    hostPrivateKey ?? '',
    wifi === undefined ? [] : [wifi.ssid, wifi.psk],
    files.map(({ path, content, mode, userId, groupId }) => [path, content, mode, userId, groupId]),
  ];
}

/** What is to be found again; nothing while there is no card, or another one. */
export async function seenNow(inputs: InputsWithDevice): Promise<Pick<FlashedCardInputs, 'seen'>> {
  const facts = isTaken(inputs.device) ? undefined : await lookAtReader(inputs.device);
  if (facts === undefined) return {};
  const { fingerprint } = await inspectCard(declared(inputs), facts);
  const { diskSequence } = facts;
  return { seen: { fingerprint, ...(diskSequence !== undefined && { diskSequence }) } };
}

/** @throws ProvisioningError when there is another card now, or something else on it. */
export function requireAsSeen(
  { device, seen }: Pick<FlashedCardInputs, 'device' | 'seen'>,
  { diskSequence }: DeviceFacts,
  { fingerprint }: CardFindings,
): void {
  if (seen === undefined) return;
  const isSameMedium = seen.diskSequence === undefined || seen.diskSequence === diskSequence;
  if (isSameMedium && seen.fingerprint === fingerprint) return;
  throw new ProvisioningError({
    what: `The card in ${device} is not the one that was looked at before: ${isSameMedium ? 'something else is on it' : 'another one was put into the reader, or the same one once more'}.`,
    remedy: 'Nothing was written. Look at what is in the reader (`npm run cards`), and run `pulumi up` again.',
  });
}
