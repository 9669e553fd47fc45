/** What Ctrl-C asks for: that nothing more begins, and that what runs is brought to an end. */
export class Interruption {
  readonly #controller = new AbortController();
  readonly #running = new Set<() => void>();
  #last = Number.NEGATIVE_INFINITY;

  /** Aborted by the first Ctrl-C. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /**
   * Heeds Ctrl-C, what a terminal that is closed or a machine that is shut down sends, and that nobody reads any more what is
   * printed (`| head`): this process would end of it, and the engines would lose what they write to.
   */
  listen(onInterrupt: () => void): void {
    const heed = (): void => {
      if (this.interrupt()) onInterrupt();
    };
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, heed);
    for (const stream of [process.stdout, process.stderr])
      stream.on('error', () => {
        // Each line that is lost is an error.
        if (!this.signal.aborted) heed();
      });
  }

  /**
   * Once: engines cancel what has not begun, and wait for what has. Again, after more than a second: they end at once. npm passes
   * on what the terminal has sent to both of us already, so signals that come together are one.
   *
   * @returns whether it was the first.
   */
  interrupt(now = performance.now()): boolean {
    const isRepeated = now - this.#last < 1000;
    if (isRepeated) return false;
    this.#last = now;
    const isFirst = !this.signal.aborted;
    this.#controller.abort();
    for (const interrupt of this.#running) interrupt();
    return isFirst;
  }

  /** Has an engine interrupted while it runs. */
  async during<T>(interrupt: () => void, run: Promise<T>): Promise<T> {
    this.#running.add(interrupt);
    try {
      return await run;
    } finally {
      this.#running.delete(interrupt);
    }
  }
}
