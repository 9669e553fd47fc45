import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { LabError } from '../../lab/errors.ts';
import { inspectImage } from '../../provider/card/image-file.ts';
import type { Performance } from './flash-program.ts';
import { MemoryWatch } from '../memory.ts';

const program = fileURLToPath(new URL('flash-program.ts', import.meta.url));
/** What a provider process begins with. */
const preload = fileURLToPath(new URL('../../provider/dynamic/require-node.cjs', import.meta.url));

/** Flashes by the handler of FlashedCard, each in a process of its own. */
export class Flashes {
  readonly #inputs: object;
  #peakBytes = 0;

  private constructor(inputs: object) {
    this.#inputs = inputs;
  }

  static async of(imagePath: string, device: string): Promise<Flashes> {
    const watch = { signal: new AbortController().signal, progress: () => undefined };
    const { sha256, compressedSha256, sizeBytes } = await inspectImage(imagePath, watch);
    // As it comes from a SdImage, which read the image when it was built.
    const image = {
      imagePath,
      imageSha256: sha256,
      imageCompressedSha256: compressedSha256,
      imageSizeBytes: sizeBytes,
    };
    // The others write the zeros of the image as well.
    return new Flashes({ device, allow: ['loop'], deviceZeroes: false, ...image });
  }

  /** In bytes, the most that card writer and zstd ever had together. */
  get peakBytes(): number {
    return this.#peakBytes;
  }

  /**
   * Flashes once.
   *
   * @param group a control group for it; default: this process's
   */
  async flash({ verify, group }: { readonly verify: boolean; readonly group?: string }): Promise<Performance> {
    const join = group === undefined ? '' : 'echo $$ > "$3/cgroup.procs" && ';
    const child = execa(
      'sh',
      ['-c', `${join}exec "$1" --require "$4" "$2"`, 'sh', process.execPath, program, group ?? '', preload],
      {
        reject: false,
        input: JSON.stringify({ ...this.#inputs, verify }),
      },
    );
    const memory = new MemoryWatch(child.pid ?? 0);
    const { failed, stdout, stderr } = await child;
    this.#peakBytes = Math.max(this.#peakBytes, memory.stop());
    if (failed) throw new LabError(`the handler failed:\n${stderr}`);
    return JSON.parse(stdout) as Performance;
  }
}
