// One flash by the handler, without the engine, in a process of its own.
import { text } from 'node:stream/consumers';
import { performance } from 'node:perf_hooks';
import { readDeviceFacts } from '../../card-writer/device-facts.ts';
import { inspectCard } from '../../provider/card/card-writer.ts';
import { flashedCard } from '../../provider/handlers/flashed-card.ts';
import type { FlashedCardInputs } from '../../provider/handlers/flashed-card-inputs.ts';

/** What this program prints. */
export interface Performance {
  /** The handler's own time. */
  readonly seconds: number;
  /** Of it, between the first block and the last, without what comes before and after. */
  readonly writingSeconds: number;
}

const inputs = flashedCard.schema.parse(JSON.parse(await text(process.stdin))) as FlashedCardInputs;
const declared = { path: inputs.device, allow: inputs.allow, maximumSizeBytes: inputs.maximumSizeBytes };
// As a person has it from the preview.
const { fingerprint } = await inspectCard(declared, await readDeviceFacts(inputs.device));
const say = (message: string): void => void process.stderr.write(`${message}\n`);
const writing: number[] = [];
const context = {
  log: { info: say, warn: say },
  progress: (message: string): void => {
    const isOver = writing.length === 2;
    if (!isOver && message.startsWith('writing') !== writing.length > 0) writing.push(performance.now());
  },
  signal: new AbortController().signal,
  urn: undefined,
};
const start = performance.now();
await flashedCard.create(context, { ...inputs, erase: fingerprint });
const [began = start, ended = start] = writing;
const result: Performance = {
  seconds: (performance.now() - start) / 1000,
  writingSeconds: (ended - began) / 1000,
};
process.stdout.write(JSON.stringify(result));
