import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { CardError } from './problem.ts';
import type { DeviceFacts } from './device-facts.ts';
import { deviceNumber } from './device-readings.ts';
import { runTool } from './system-tool.ts';

/** What one read or write moves: measured as the fastest for cards and loop devices, with room for several in memory. */
export const chunkBytes = 4 * 1024 * 1024;

/** Every offset, length and buffer of direct I/O is a multiple of this. Covers devices with sectors of 512 and of 4096 bytes. */
export const alignmentBytes = 4096;

/** As much of the standard object as is used here; the compiler's own description comes only with a browser's. */
declare const WebAssembly: { Memory: new (descriptor: { initial: number }) => { readonly buffer: ArrayBuffer } };

/** Page-aligned memory, as direct I/O needs it; Node's own buffers are not aligned. */
export function alignedBuffer(sizeBytes: number): Buffer {
  const wasmPage = 65_536;
  return Buffer.from(new WebAssembly.Memory({ initial: Math.ceil(sizeBytes / wasmPage) }).buffer, 0, sizeBytes);
}

/** A device that is open past the page cache: what is read comes from the device, what is written is on its way there. */
export class ClaimedDevice {
  /** As declared. */
  readonly path: string;
  /** Major and minor number. */
  readonly number: string;
  readonly #handle: FileHandle;

  private constructor({ path, number }: DeviceFacts, handle: FileHandle) {
    this.path = path;
    this.number = number;
    this.#handle = handle;
  }

  /**
   * Opens a device for this process alone. Whatever has it mounted, or holds it for a volume, makes this fail; and while it
   * is held, nothing can mount it, and udev, which would read its partition table and have it mounted, leaves it alone.
   *
   * @throws CardError naming who may open it, that it is in use, or that it is not the device of these facts any more.
   */
  static async claim(facts: DeviceFacts, access: 'read' | 'write'): Promise<ClaimedDevice> {
    const { path, name, number } = facts;
    const mode = access === 'write' ? constants.O_RDWR : constants.O_RDONLY;
    const exclusive = constants.O_EXCL | constants.O_DIRECT | constants.O_NOFOLLOW;
    const handle = await openPatiently(`/dev/${name}`, mode | exclusive).catch((error: unknown) => {
      throw openingFailed(path, error);
    });
    const device = new ClaimedDevice(facts, handle);
    try {
      const opened = await handle.stat();
      if (!opened.isBlockDevice() || deviceNumber(opened.rdev) !== number)
        throw new CardError({ what: `The device ${path} was exchanged just now.`, remedy: 'Run it again.' });
      if (access === 'write') await device.#keepUdevAway();
      return device;
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  // The lock belongs to the open device, not to the program that takes it. https://systemd.io/BLOCK_DEVICE_LOCKING
  async #keepUdevAway(): Promise<void> {
    const args = ['--exclusive', '--wait', '10', '--conflict-exit-code', String(isLocked), '3'];
    const { exitCode } = await runTool('flock', args, { inherit: this.#handle.fd, accept: [isLocked] });
    if (exitCode !== isLocked) return;
    throw new CardError({
      what: `The device ${this.path} is locked by another program, which has not let go of it within 10 s.`,
      remedy:
        'It may be udev, or a program that partitions or formats disks: close that, wait a moment, and run it again.',
    });
  }

  /**
   * The claim itself, for a program that writes to the device: should this one be killed, the device stays claimed until that has ended.
   */
  get descriptor(): number {
    return this.#handle.fd;
  }

  /** A path that leads other programs to this very device, even if another one takes its name in the meantime. */
  get heldPath(): string {
    return `/proc/${String(process.pid)}/fd/${String(this.#handle.fd)}`;
  }

  /** Fills the buffer, or as much of it as the device has; returns the number of bytes. */
  async read(buffer: Buffer, position: number): Promise<number> {
    let done = 0;
    while (done < buffer.length) {
      const { bytesRead } = await this.#attempt('read', position + done, () =>
        this.#handle.read(buffer, done, buffer.length - done, position + done),
      );
      if (bytesRead === 0) break;
      done += bytesRead;
    }
    return done;
  }

  async write(buffer: Buffer, position: number): Promise<void> {
    let done = 0;
    while (done < buffer.length) {
      const { bytesWritten } = await this.#attempt('write', position + done, () =>
        this.#handle.write(buffer, done, buffer.length - done, position + done),
      );
      done += bytesWritten;
    }
  }

  /** Waits until the device has everything for good. */
  async flush(): Promise<void> {
    await this.#attempt('flush', 0, () => this.#handle.datasync());
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }

  async #attempt<T>(doing: string, position: number, action: () => Promise<T>): Promise<T> {
    try {
      return await action();
    } catch (error) {
      throw new CardError(
        {
          what: `The card at ${this.path} failed to ${doing}${doing === 'flush' ? '' : ` at byte ${String(position)}`}.`,
          original: String(error),
          remedy:
            'Look at `dmesg`. A card or reader that was pulled out can be flashed again; a card that fails twice is worn out.',
        },
        { cause: error },
      );
    }
  }
}

/** What flock ends with then. */
const isLocked = 9;

/** In milliseconds. A writer whose caller was killed a moment ago is on its way out. */
const patience = 3000;

async function openPatiently(node: string, flags: number): Promise<FileHandle> {
  const deadline = performance.now() + patience;
  for (;;) {
    try {
      return await open(node, flags);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EBUSY' || performance.now() > deadline) throw error;
      await pause(100);
    }
  }
}

function openingFailed(path: string, error: unknown): CardError {
  const [what, remedy] = reasons[(error as NodeJS.ErrnoException).code ?? ''] ?? ['cannot be opened', undefined];
  return new CardError(
    { what: `The device ${path} ${what}.`, original: String(error), ...(remedy && { remedy }) },
    { cause: error },
  );
}

const reasons: Readonly<Record<string, [what: string, remedy: string]>> = {
  EBUSY: [
    'is in use: something has it mounted or holds it',
    'Find it with `lsblk` and unmount or stop it; a file manager may have mounted the card.',
  ],
  EACCES: [
    'may not be opened by this user',
    'Run as a user who may, for example a member of the group `disk`, or as root.',
  ],
  EROFS: ['is read-only', 'Move the lock switch of the card or its adapter.'],
  ENOMEDIUM: ['has no card in it', 'Put the card into the reader.'],
  ENOENT: ['does not exist', 'Put the card into the reader and look at `ls -l /dev/disk/by-id`.'],
};
