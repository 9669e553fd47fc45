// What the set-up shows while it works. Plain JavaScript without packages: it runs before any is installed.

const frames = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const silenceMs = 20_000;

/**
 * One long step: a spinner on a terminal, plain lines elsewhere. Where nothing happens for a while it says that it is still at work.
 */
export class Progress {
  #title = '';
  #detail = '';
  #started = 0;
  #shownAt = 0;
  #frame = 0;
  /** @type {NodeJS.Timeout | undefined} */
  #timer;
  #terminal = process.stderr.isTTY && process.env['TERM'] !== 'dumb';

  /** @param {string} title what begins now; ends what was before */
  start(title) {
    this.done();
    this.#title = title;
    this.#detail = '';
    this.#started = Date.now();
    this.#shownAt = Date.now();
    if (!this.#terminal) process.stderr.write(`${title} …\n`);
    this.#timer = setInterval(() => this.#tick(), this.#terminal ? 100 : 1000);
    this.#timer.unref();
  }

  /** @param {string} line what the step is doing now */
  update(line) {
    this.#detail = line;
    if (!this.#terminal) this.#line(line);
  }

  /** @param {string} line kept on the screen, above the spinner */
  say(line) {
    if (this.#terminal) process.stderr.write('\r\x1b[K');
    process.stderr.write(`${line}\n`);
    this.#shownAt = Date.now();
  }

  /** Ends the step as done. */
  done() {
    this.#end('✓');
  }

  /** Ends the step as failed. */
  failed() {
    this.#end('✗');
  }

  #end(mark) {
    if (this.#timer === undefined) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
    if (this.#terminal) process.stderr.write('\r\x1b[K');
    process.stderr.write(`${mark} ${this.#title} (${this.#elapsed()})\n`);
  }

  #tick() {
    if (this.#terminal) this.#draw();
    else if (Date.now() - this.#shownAt > silenceMs)
      this.#line(`still at it${this.#detail ? `: ${this.#detail}` : ''}`);
  }

  #draw() {
    const frame = frames[(this.#frame = (this.#frame + 1) % frames.length)];
    const text = `${frame} ${this.#title} (${this.#elapsed()}) ${this.#detail}`;
    process.stderr.write(`\r\x1b[K${text.slice(0, (process.stderr.columns || 80) - 1)}`);
  }

  /** @param {string} line */
  #line(line) {
    this.#shownAt = Date.now();
    process.stderr.write(`  [${this.#elapsed()}] ${line}\n`);
  }

  #elapsed() {
    const seconds = Math.round((Date.now() - this.#started) / 1000);
    return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, '0')} s`;
  }
}
