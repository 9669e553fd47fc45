import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import type { SdImageInputs, SdImageOutputs } from '../../../provider/handlers/sd-image.ts';
import { gcRootFor } from '../../../provider/nix/gc-root.ts';

export const hash = 'md1mnxv6sp1913rpvx80mmz99fr6d6ij';
export const inputs: SdImageInputs = {
  configuration: 'hosts/kitchen/sd-card.nix',
  variant: 'sd-card',
  system: 'aarch64-linux',
  storePath: `/nix/store/${hash}-nixos-image`,
  filePath: 'sd-image/nixos-image-sd-card-26.05-aarch64-linux.img.zst',
  toplevel: `/nix/store/${hash}-nixos-system`,
  evaluatedSystem: 'aarch64-linux',
  rebuild: 'whenFlashed',
};
export const outputs: SdImageOutputs = {
  ...inputs,
  imagePath: '/nowhere/image.img.zst',
  sizeBytes: 2,
  compressedSizeBytes: 1,
  sha256: 'a'.repeat(64),
  compressedSha256: 'b'.repeat(64),
};
/** Where this user's links are that keep images from being collected. */
export function ownRoot(name = 'root'): string {
  const gcRoot = gcRootFor(name, 'sd-card');
  mkdirSync(dirname(gcRoot), { recursive: true });
  return gcRoot;
}
