import { isAbsolute } from 'node:path';
import { z } from 'zod';
import { largestCardBytes } from '../../card-writer/device-verdict.ts';
import { otherKinds, plainPath } from '../../card-writer/request.ts';

/** What a look at the card showed, for the flash to find again: minutes may lie between, and another process. */
const seenCard = z.strictObject({
  /** Of what is on it. */
  fingerprint: z.string(),
  /** The kernel's count of media: another one for another card. */
  diskSequence: z.number().optional(),
});

const file = z.strictObject({
  path: z.string().regex(plainPath, 'must be an absolute path of letters, digits, dots, dashes and underscores'),
  content: z.string(),
  mode: z
    .string()
    .regex(/^0?[0-7]{3}$/, 'must be octal permission bits, for example 0600')
    .default('0600'),
  userId: z.int().min(0).max(65_535).default(0),
  groupId: z.int().min(0).max(65_535).default(0),
});

const wifi = z.strictObject({
  ssid: z.string().refine((name) => name !== '' && Buffer.byteLength(name) <= 32, 'must have 1 to 32 bytes'),
  psk: z
    .string()
    .regex(/^([\x20-\x7e]{8,63}|[0-9a-fA-F]{64})$/, 'must have 8 to 63 characters, or 64 hexadecimal digits'),
});

/** They go to the card writer in one request. */
const largestFilesBytes = 2 * 1024 * 1024;

function bytesIn(files: readonly { content: string }[]): number {
  return files.reduce((sum, { content }) => sum + Buffer.byteLength(content), 0);
}

/** Every input of a FlashedCard, and what each may be. */
export const flashedCardSchema = z.strictObject({
  device: z
    .string()
    .regex(
      /^\/dev\/[\x21-\x7e]+$/,
      'must be the path of a device, for example /dev/disk/by-id/usb-Generic_Card_Reader_000000000001-0:0',
    ),
  imagePath: z.string().refine(isAbsolute, 'must be an absolute path'),
  imageSha256: z.string().regex(/^[0-9a-f]{64}$/, 'must be a SHA-256 in hexadecimal'),
  imageCompressedSha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/, 'must be a SHA-256 in hexadecimal')
    .optional(),
  imageSizeBytes: z.int().positive(),
  expectedSizeBytes: z.int().positive().optional(),
  maximumSizeBytes: z.int().positive().default(largestCardBytes),
  serial: z.string().min(1).optional(),
  allow: z.array(z.enum(otherKinds)).default([]),
  erase: z
    .union(
      [
        z.string().regex(/^[0-9a-f]{16}$/, 'must be the fingerprint of what may be erased, as a preview shows it'),
        // What programs of old say for "no".
        z.literal(false).transform(() => undefined),
      ],
      { error: 'must be the fingerprint of what may be erased, as a preview shows it' },
    )
    .optional(),
  verify: z.boolean().default(true),
  deviceZeroes: z.boolean().default(true),
  insertTimeoutSeconds: z.number().positive().default(600),
  generation: z.union([z.string(), z.number()]).optional(),
  reflash: z.enum(['never', 'onImageChange']).default('never'),
  hostPrivateKey: z.string().optional(),
  wifi: wifi.optional(),
  files: z
    .array(file)
    .max(500, 'are more than 500')
    .refine((files) => bytesIn(files) <= largestFilesBytes, 'hold more than 2 MiB together')
    .default([]),
  // Nobody gives it: `observe` puts it among the inputs.
  seen: seenCard.optional(),
});

/** What makes a card; the resource's documentation describes each. */
export type FlashedCardInputs = z.output<typeof flashedCardSchema>;
