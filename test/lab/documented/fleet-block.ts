import { codeBlocks } from '../../../docs/code-blocks.ts';

const blocks = codeBlocks('docs/fleet.md');

/**
 * A block of docs/fleet.md, as it stands there.
 *
 * @param mark the comment above it, for example `run: remote builder`
 */
export function fleetBlock(mark: string): string {
  const block = blocks.find(({ note }) => note === mark);
  if (block === undefined) throw new Error(`docs/fleet.md has no block "${mark}"`);
  return block.text;
}
