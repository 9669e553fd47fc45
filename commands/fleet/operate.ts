import PQueue from 'p-queue';
import { stackNames } from '../pulumi-cli.ts';
import { Contacts } from './contacts.ts';
import { type Display, displayOf } from './display.ts';
import { Engine, type Operation } from './engine.ts';
import { evaluateAll, sharedEvaluations } from './evaluate-all.ts';
import { defaultParallel } from './fleet-command.ts';
import { Interruption } from './interruption.ts';
import { updateMessage } from './message.ts';
import type { OperationOptions } from './operation-commands.ts';
import { exitCode, type Outcome, outcomeRow } from './outcome.ts';
import type { StackRecord } from './pi-record.ts';
import { printableJson } from '../printable.ts';
import { readProjectConfig } from './project-config.ts';
import { quickStart } from './quick-start.ts';
import { readRecord } from './records.ts';
import { runFleet } from './run.ts';
import { printTable } from './table.ts';
import { takeTurn } from './turn.ts';
import { chosen, waves } from './waves.ts';

/** Has the engine work on the chosen stacks, shows how far it is, and sums up. */
export async function operate(operation: Operation, options: OperationOptions): Promise<void> {
  const json = options.json === true;
  const stacks = chosen(await stackNames(), options.only);
  const order = waves(stacks, options.canary);
  const display = displayOf(stacks, { json });
  const interruption = new Interruption();
  interruption.listen(() => {
    display.say('No further stack is begun, and those that run are brought to an end. Once more ends them at once.');
  });
  const outcomes = await work(operation, order, options, display, interruption);
  display.close();
  if (json) console.log(printableJson(outcomes));
  else printTable(['stack', 'result', '', ''], outcomes.map(outcomeRow));
  process.exitCode = exitCode(outcomes, interruption.signal.aborted, options.expectNoChanges);
  // No engine runs any more; evaluations and Pis that were asked are not waited for.
  if (interruption.signal.aborted) process.exit();
}

async function work(
  operation: Operation,
  order: readonly (readonly string[])[],
  options: OperationOptions,
  display: Display,
  interruption: Interruption,
): Promise<Outcome[]> {
  const parallel = options.parallel ?? defaultParallel();
  const flash = options.flash ?? operation === 'preview';
  const engine = await Engine.open({
    project: process.cwd(),
    flash,
    message: updateMessage(operation, options.canary),
    env: { ...sharedEvaluations(Math.min(parallel, order.flat().length)), ...quickStart() },
    interruption,
  });
  const contacts = new Contacts();
  const records = await prepare(operation, order.flat(), { parallel, contacts, display, signal: interruption.signal });
  return runFleet(order, {
    parallel,
    stopAfter: stopAfter(operation, options),
    canary: options.canary,
    signal: interruption.signal,
    takeTurn: (stack) =>
      takeTurn(
        records.get(stack) ?? { stack, config: undefined, pis: [], images: [] },
        { operation, engine, contacts, flash },
        (told) => {
          display.tell(stack, told);
        },
      ),
    onEnd: (outcome) => {
      display.end(outcome);
    },
  });
}

/** After how many failures nothing more is begun: a preview changes nothing, so it goes on. */
function stopAfter(operation: Operation, options: OperationOptions): number {
  if (operation === 'preview' || options.keepGoing === true) return Number.POSITIVE_INFINITY;
  return options.stopAfter ?? 1;
}

interface Preparation {
  /** How many records are read at a time. */
  readonly parallel: number;
  readonly contacts: Contacts;
  readonly display: Display;
  /** Aborted: nothing more is prepared. */
  readonly signal: AbortSignal;
}

/** Reads what is recorded, waits for a greeting of each Pi, and evaluates all configurations: what is the same for all stacks is done once. */
async function prepare(
  operation: Operation,
  stacks: readonly string[],
  { parallel, contacts, display, signal }: Preparation,
): Promise<Map<string, StackRecord>> {
  const records = new Map<string, StackRecord>();
  const project = await readProjectConfig(process.cwd());
  const reading = new PQueue({ concurrency: parallel });
  await reading.addAll(
    stacks.map((stack) => async () => {
      if (signal.aborted) return;
      display.tell(stack, { kind: 'status', phase: 'reading its record', text: '' });
      // What cannot be read fails its own stack, when its turn comes.
      const record = await readRecord(stack, project).catch(() => undefined);
      if (record === undefined) return;
      records.set(stack, record);
      display.know(record);
      if (operation !== 'preview') for (const pi of record.pis) void contacts.whyOffline(pi);
    }),
  );
  if (operation !== 'refresh')
    await evaluateAll([...records.values()], process.cwd(), signal, (stack) => {
      display.tell(stack, { kind: 'status', phase: 'evaluating', text: '' });
    });
  for (const stack of stacks) display.tell(stack, { kind: 'status', phase: 'waiting', text: '' });
  return records;
}
