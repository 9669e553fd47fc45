import type { DeviceFacts, DeviceKind } from '../../card-writer/device-facts.ts';
import { largestCardBytes } from '../../card-writer/device-verdict.ts';
import { megabytes } from '../../card-writer/megabytes.ts';
import { lookAtReader, whyNotErase } from '../../provider/card/card-reader.ts';
import { inspectCard } from '../../provider/card/card-writer.ts';
import { describeContent } from '../../provider/card/erase-consent.ts';
import { messageOf } from '../../provider/errors.ts';

/** What is in one reader. */
export interface SurveyedDevice {
  /** The stable name. */
  readonly path: string;
  /** The kernel's name of now, for example `sdb`; empty where it cannot be told. */
  readonly name: string;
  readonly model: string;
  /** Of a card in a slot; with USB of the reader, whatever is in it. Empty where there is none. */
  readonly serial: string;
  /** In bytes. */
  readonly sizeBytes: number;
  /** Why it may not be written; none for a card. */
  readonly reasons: readonly string[];
  /** What is on it, in words; empty where that cannot be seen. */
  readonly content: string;
  /** Names what is on it, where it would have to be named to be erased; else empty. */
  readonly fingerprint: string;
}

/** Undefined for a reader without a card. */
export async function survey(
  path: string,
  allow: readonly DeviceKind[],
  maximumSizeBytes = largestCardBytes,
): Promise<SurveyedDevice | undefined> {
  const facts = await lookAtReader(path);
  if (facts === undefined) return undefined;
  const declared = { path, allow, maximumSizeBytes };
  const reasons = whyNotErase(facts, declared);
  const found = {
    path,
    name: facts.name,
    model: facts.model ?? '',
    serial: facts.serial ?? '',
    sizeBytes: facts.sizeBytes,
  };
  if (reasons.length > 0) return { ...found, reasons, content: knownContent(facts), fingerprint: '' };
  try {
    const findings = await inspectCard(declared, facts);
    const fingerprint = findings.content.kind === 'data' ? findings.fingerprint : '';
    return { ...found, reasons, content: describeContent(findings), fingerprint };
  } catch (error) {
    return { ...found, reasons: [messageOf(error)], content: knownContent(facts), fingerprint: '' };
  }
}

/** What is said of a device that cannot be looked at: the others are listed all the same. */
export function notSurveyed(path: string, error: unknown): SurveyedDevice {
  const unknown = { name: '', model: '', serial: '', sizeBytes: 0, content: '', fingerprint: '' };
  return { path, ...unknown, reasons: [messageOf(error)] };
}

/** What the system knows without opening the device. */
function knownContent({ fileSystems }: DeviceFacts): string {
  return fileSystems.map(({ type, label }) => (label === undefined ? type : `${type} "${label}"`)).join(', ');
}

/** For a person: what it is, and the lines that make it the card of a stack. */
export function describeDevice(device: SurveyedDevice): string {
  const { path, name, model, serial, sizeBytes, reasons, content, fingerprint } = device;
  const size = sizeBytes === 0 ? '' : megabytes(sizeBytes);
  const what = [model, size, name, serial && `serial ${serial}`].filter(Boolean).join(', ');
  const holds = content === '' ? [] : [`  holds ${content}`];
  if (reasons.length > 0)
    return [path, ...(what === '' ? [] : [`  ${what}`]), ...holds, ...reasons.map((reason) => `  no: ${reason}`)].join(
      '\n',
    );
  return [
    path,
    `  ${what}`,
    ...holds,
    `  pulumi config set cardDevice ${path}`,
    `  pulumi config set cardSizeBytes ${String(sizeBytes)}`,
    ...(fingerprint === '' ? [] : [`  pulumi config set eraseCard ${fingerprint}   # if all of that may be erased`]),
  ].join('\n');
}
