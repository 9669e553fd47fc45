import { readSync } from 'node:fs';
import { CardError } from './problem.ts';

/**
 * Standard input: lines, and between them bytes. Read synchronously, because whoever feeds it is another process, and what is being
 * written to the card goes on meanwhile.
 */
export class Input {
  readonly #descriptor: number;
  #ahead = Buffer.alloc(0);

  constructor(descriptor = 0) {
    this.#descriptor = descriptor;
  }

  /** A line of at most so many bytes, without its end. */
  line(maximumBytes: number): string {
    let text = this.#ahead;
    for (let end = text.indexOf(10); ; end = text.indexOf(10)) {
      if (end > maximumBytes || (end < 0 && text.length > maximumBytes))
        throw new CardError({ what: `The request is longer than ${String(maximumBytes)} bytes.` });
      if (end >= 0) {
        this.#ahead = text.subarray(end + 1);
        return text.subarray(0, end).toString();
      }
      const piece = Buffer.alloc(65_536);
      const count = this.#read(piece, 0, piece.length);
      if (count === 0) throw endedEarly();
      text = Buffer.concat([text, piece.subarray(0, count)]);
    }
  }

  /** Whether the next line is this one. */
  isNext(line: string): boolean {
    const expected = Buffer.from(`${line}\n`);
    const found = Buffer.alloc(expected.length);
    this.fill(found);
    return found.equals(expected);
  }

  /**
   * Fills the buffer. Whoever sends says with the line `end` that nothing more comes; an image does not have it in it, as it is
   * a random one.
   */
  fill(buffer: Buffer, end?: string): void {
    let done = this.#ahead.copy(buffer);
    this.#ahead = this.#ahead.subarray(done);
    while (done < buffer.length) {
      if (end !== undefined && endsWith(buffer.subarray(0, done), `${end}\n`)) throw endedEarly();
      const count = this.#read(buffer, done, buffer.length - done);
      if (count === 0) throw endedEarly();
      done += count;
    }
  }

  #read(buffer: Buffer, offset: number, length: number): number {
    for (;;) {
      try {
        return readSync(this.#descriptor, buffer, offset, length, null);
      } catch (error) {
        // Some launchers hand over a descriptor that does not wait.
        if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
      }
    }
  }
}

function endsWith(bytes: Buffer, end: string): boolean {
  return bytes.subarray(Math.max(0, bytes.length - end.length)).equals(Buffer.from(end));
}

function endedEarly(): CardError {
  return new CardError({
    what: 'The image ended early: whoever was sending it stopped.',
    remedy: 'Run it again. The card has no boot record now, and is recognised as an unfinished one.',
  });
}
