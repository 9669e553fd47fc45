import { StringDecoder } from 'node:string_decoder';

/** Tells the lines of a stream of bytes as they come, without their ends (`\n`, or `\r\n` as ssh has it); a character that two chunks share stays whole. */
export class LineReader {
  readonly #onLine: (line: string) => void;
  readonly #decoder = new StringDecoder('utf8');
  #rest = '';

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine;
  }

  write(chunk: Buffer): void {
    const [first = '', ...others] = this.#decoder.write(chunk).split('\n');
    const lines = [this.#rest + first, ...others];
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#onLine(line.endsWith('\r') ? line.slice(0, -1) : line);
  }

  /** Tells what stands behind the last line end, if anything. */
  end(): void {
    const last = this.#rest + this.#decoder.end();
    if (last !== '') this.#onLine(last);
  }
}

/** The lines of a text, without the empty ones. */
export function linesOf(text: string): string[] {
  return text.split('\n').filter((line) => line !== '');
}
