import type { DeviceKind } from './device-facts.ts';
import { CardError } from './problem.ts';

/** Counts the forms that requests and events had: an installed card writer may be older, or newer, than who asks it. */
export const protocol = 1;

/** Which device is meant, and how it is known to be the one. */
export interface DeclaredDevice {
  /** `/dev/disk/by-id/…`, `/dev/disk/by-path/…`, or `/dev/loopN`. */
  readonly path: string;
  readonly allow: readonly DeviceKind[];
  /** In bytes. */
  readonly maximumSizeBytes: number;
  /** In bytes; any where it is missing. */
  readonly expectedSizeBytes?: number;
  readonly serial?: string;
}

/** Tells what is on a card. Changes nothing. */
export interface InspectRequest {
  readonly protocol: typeof protocol;
  readonly action: 'inspect';
  readonly device: DeclaredDevice;
}

/** Compares a card with the image whose decompressed bytes come behind the request. Changes nothing. */
export interface CompareRequest {
  readonly protocol: typeof protocol;
  readonly action: 'compare';
  readonly device: DeclaredDevice;
  readonly image: { readonly sizeBytes: number };
}

/**
 * Writes an image. Behind the request come its decompressed bytes and, where they were the right ones, a line with the flashId; then, each time the writer asks
 * for them, parts of it again; and when the writer is ready, the line `finish`.
 */
export interface FlashRequest {
  readonly protocol: typeof protocol;
  readonly action: 'flash';
  readonly device: DeclaredDevice;
  /** What was on the card when its owner looked; anything else is not overwritten. */
  readonly seen: { readonly fingerprint: string; readonly diskSequence?: number };
  /** Of this run, a new random UUID. */
  readonly flashId: string;
  /** Of the decompressed image. The sender vouches for the hash, with the line behind the image; here it names the image. */
  readonly image: { readonly sizeBytes: number; readonly sha256: string };
  /** Read everything back. */
  readonly verify: boolean;
  /** Let the device write zeros itself where it can; only together with `verify`, which proves them. */
  readonly deviceZeroes: boolean;
  /** What is put into the root partition. */
  readonly files: readonly FirstBootFile[];
}

/** A file on the card's root partition. */
export interface FirstBootFile {
  /** Absolute, of letters, digits, dots, dashes and underscores: the path is part of a command. */
  readonly path: string;
  /** Permission bits, for example 0o600. */
  readonly mode: number;
  readonly userId: number;
  readonly groupId: number;
  /** Base64. May be secret: it reaches no disk but the card, no command line and no message. */
  readonly content: string;
}

export type WriterRequest = InspectRequest | CompareRequest | FlashRequest;

/** Devices that are no cards, and are taken for one only where they are named. */
export const otherKinds = ['emmc', 'nvme', 'sata', 'virtio', 'loop'] as const satisfies readonly DeviceKind[];
const largestSize = Number.MAX_SAFE_INTEGER;

/**
 * Reads a request, trusting nothing in it.
 *
 * @throws CardError naming the first thing that is not as it has to be; never with a file's content.
 */
export function parseRequest(text: string): WriterRequest {
  const parsed = parseJson(text);
  requireProtocol(parsed);
  const request = record(parsed, 'request', {
    inspect: ['protocol', 'action', 'device'],
    compare: ['protocol', 'action', 'device', 'image'],
    flash: ['protocol', 'action', 'device', 'seen', 'flashId', 'image', 'verify', 'deviceZeroes', 'files'],
  });
  if (request['protocol'] !== protocol) refuse('request.protocol');
  const device = parseDevice(request['device']);
  if (request['action'] === 'inspect') return { protocol, action: 'inspect', device };
  const image = record(request['image'], 'image', ['sizeBytes', 'sha256']);
  const sizeBytes = integer(image['sizeBytes'], 'image.sizeBytes', 1);
  if (request['action'] === 'compare') return { protocol, action: 'compare', device, image: { sizeBytes } };
  return {
    protocol,
    action: 'flash',
    device,
    seen: parseSeen(request['seen']),
    flashId: matching(request['flashId'], 'flashId', /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
    image: {
      sizeBytes,
      sha256: matching(image['sha256'], 'image.sha256', /^[0-9a-f]{64}$/),
    },
    verify: boolean(request['verify'], 'verify'),
    deviceZeroes: boolean(request['deviceZeroes'], 'deviceZeroes'),
    files: list(request['files'], 'files').map(parseFile),
  };
}

function requireProtocol(request: unknown): void {
  const asked = typeof request === 'object' && request !== null && 'protocol' in request ? request.protocol : undefined;
  if (!Number.isSafeInteger(asked) || asked === protocol) return;
  throw new CardError({
    what: `This card writer speaks protocol ${String(protocol)}, and was asked in protocol ${String(asked)}: it is not of the same version as who asks it.`,
    remedy: 'Install it again: `npm run card-writer -- install` (on NixOS: rebuild with the module of this checkout).',
  });
}

function parseDevice(value: unknown): DeclaredDevice {
  const device = record(value, 'device', ['path', 'allow', 'maximumSizeBytes', 'expectedSizeBytes', 'serial']);
  const { expectedSizeBytes, serial } = device;
  return {
    path: matching(device['path'], 'device.path', /^\/dev\/[\x21-\x7e]+$/),
    allow: list(device['allow'], 'device.allow').map((kind) => {
      const known = otherKinds.find((name) => name === kind);
      return known ?? refuse('device.allow');
    }),
    maximumSizeBytes: integer(device['maximumSizeBytes'], 'device.maximumSizeBytes', 1),
    ...(expectedSizeBytes !== undefined && {
      expectedSizeBytes: integer(expectedSizeBytes, 'device.expectedSizeBytes', 1),
    }),
    ...(serial !== undefined && { serial: matching(serial, 'device.serial', /^.{1,200}$/) }),
  };
}

function parseSeen(value: unknown): FlashRequest['seen'] {
  const seen = record(value, 'seen', ['fingerprint', 'diskSequence']);
  return {
    fingerprint: matching(seen['fingerprint'], 'seen.fingerprint', /^[0-9a-f]{16}$/),
    ...(seen['diskSequence'] !== undefined && { diskSequence: integer(seen['diskSequence'], 'seen.diskSequence', 0) }),
  };
}

/** Parts of a path: none of them `.` or `..`; no longer than Linux takes them. */
export const plainPath = /^(?=.{1,4095}$)(\/(?!\.{1,2}(\/|$))[A-Za-z0-9._-]{1,255}){1,32}$/;

function parseFile(value: unknown, index: number): FirstBootFile {
  const name = `files[${String(index)}]`;
  const file = record(value, name, ['path', 'mode', 'userId', 'groupId', 'content']);
  return {
    path: matching(file['path'], `${name}.path`, plainPath),
    mode: integer(file['mode'], `${name}.mode`, 0, 0o777),
    userId: integer(file['userId'], `${name}.userId`, 0, 65_535),
    groupId: integer(file['groupId'], `${name}.groupId`, 0, 65_535),
    content: matching(file['content'], `${name}.content`, /^[A-Za-z0-9+/]*={0,2}$/),
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return refuse('request');
  }
}

/** An object with no other fields than these; where `fields` depends on the action, with those of its action. */
function record(
  value: unknown,
  name: string,
  fields: readonly string[] | Readonly<Record<string, readonly string[]>>,
): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return refuse(name);
  const found = value as Record<string, unknown>;
  const known = isList(fields) ? fields : Object.entries(fields).find(([action]) => action === found['action'])?.[1];
  if (known === undefined) return refuse(`${name}.action`);
  if (Object.keys(found).some((field) => !known.includes(field))) return refuse(name);
  return found;
}

function isList(value: object): value is readonly string[] {
  return Array.isArray(value);
}

function list(value: unknown, name: string): unknown[] {
  return Array.isArray(value) && value.length <= 1000 ? (value as unknown[]) : refuse(name);
}

function matching(value: unknown, name: string, pattern: RegExp): string {
  return typeof value === 'string' && pattern.test(value) ? value : refuse(name);
}

function integer(value: unknown, name: string, minimum: number, maximum = largestSize): number {
  const fits = typeof value === 'number' && Number.isSafeInteger(value) && value >= minimum && value <= maximum;
  return fits ? value : refuse(name);
}

function boolean(value: unknown, name: string): boolean {
  return typeof value === 'boolean' ? value : refuse(name);
}

function refuse(name: string): never {
  throw new CardError({ what: `The request to the card writer is malformed: ${name}.` });
}
