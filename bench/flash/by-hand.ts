import { rm } from 'node:fs/promises';
import path from 'node:path';
import { run } from '../../lab/run.ts';
import { type Contestant, timeOf } from '../measure.ts';

/** The ways by hand, named by their commands. Whatever fails in a pipe ends the bench. */
export function waysByHand(image: string, device: string): Record<'article' | 'direct' | 'bmaptool', Contestant> {
  const unpacked = path.join(path.dirname(image), 'unpacked.img');
  const files = [image, device, unpacked];
  return {
    article: {
      name: 'unzstd; dd bs=4096 conv=fsync',
      run: async () => {
        const commands = 'unzstd -q -f "$1" -o "$3" && dd if="$3" of="$2" bs=4096 conv=fsync status=none';
        try {
          return await timeOf(() => shell(commands, files));
        } finally {
          await rm(unpacked, { force: true });
        }
      },
    },
    direct: {
      name: 'zstd -dc | dd bs=4M oflag=direct iflag=fullblock',
      run: () =>
        timeOf(() => shell('zstd -dcq "$1" | dd of="$2" bs=4M oflag=direct iflag=fullblock status=none', files)),
    },
    bmaptool: {
      name: 'bmaptool copy --nobmap',
      run: () => timeOf(() => run(['bmaptool', '--quiet', 'copy', '--nobmap', image, device])),
    },
  };
}

async function shell(commands: string, files: readonly string[]): Promise<void> {
  await run(['bash', '-o', 'pipefail', '-c', commands, 'bash', ...files]);
}
