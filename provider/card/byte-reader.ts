/** Takes exact numbers of bytes out of a stream of pieces of any size. */
export class ByteReader {
  readonly #pieces: AsyncIterator<Buffer>;
  readonly #cutOff: () => Error;
  #rest: Buffer = Buffer.alloc(0);

  /** `cutOff` makes the error for a stream that ends in the middle of what was asked for. */
  constructor(source: AsyncIterable<Buffer>, cutOff: () => Error) {
    this.#pieces = source[Symbol.asyncIterator]();
    this.#cutOff = cutOff;
  }

  /** Lets go of the source, also in the middle. */
  async close(): Promise<void> {
    await this.#pieces.return?.();
  }

  async atEnd(): Promise<boolean> {
    while (this.#rest.length === 0) {
      const next = await this.#pieces.next();
      if (next.done === true) return true;
      this.#rest = next.value;
    }
    return false;
  }

  async take(count: number): Promise<Buffer> {
    const taken: Buffer[] = [];
    for (let missing = count; missing > 0;) {
      if (await this.atEnd()) throw this.#cutOff();
      const piece = this.#rest.subarray(0, missing);
      this.#rest = this.#rest.subarray(piece.length);
      missing -= piece.length;
      taken.push(piece);
    }
    return taken.length === 1 && taken[0] !== undefined ? taken[0] : Buffer.concat(taken);
  }
}
