import { setTimeout as sleep } from 'node:timers/promises';

/** How long handlers get to stop what they started, once nobody waits for them any more. */
const stoppingSeconds = 30;

/** What the handlers are doing: so that a process nobody needs any more can stop it, and then end. */
export class OngoingWork {
  readonly #controller = new AbortController();
  readonly #calls = new Set<Promise<unknown>>();

  /** Aborted when the work has to stop. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  async run<T>(call: () => Promise<T>): Promise<T> {
    const running = call();
    this.#calls.add(running);
    try {
      return await running;
    } finally {
      this.#calls.delete(running);
    }
  }

  /** Stops what is being done, waits until it has stopped, and ends the process. */
  async stop(): Promise<never> {
    this.#controller.abort(new Error('Pulumi is gone, so what it asked for was stopped.'));
    await Promise.race([Promise.allSettled(this.#calls), sleep(stoppingSeconds * 1000)]);
    process.exit(1);
  }
}
