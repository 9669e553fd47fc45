import { messageOf } from '../../provider/errors.ts';
import type { Contacts } from './contacts.ts';
import type { Engine, EngineFailure, EngineRun, Operation } from './engine.ts';
import { hasMoved } from './moved.ts';
import type { Outcome, Result } from './outcome.ts';
import type { PiRecord, StackRecord } from './pi-record.ts';
import type { Tell } from './told.ts';

/** What a turn needs beside its stack. */
export interface Turns {
  readonly operation: Operation;
  readonly engine: Pick<Engine, 'run'>;
  readonly contacts: Pick<Contacts, 'whyOffline'>;
  /** Write cards that the programs want to be written. */
  readonly flash: boolean;
}

interface Offline {
  readonly pi: PiRecord;
  readonly reason: string;
}

type Ending = Omit<Outcome, 'stack' | 'seconds'>;

/** Has the engine work on one stack, when its Pis can be reached. Never rejects. */
export async function takeTurn(record: StackRecord, turns: Turns, tell: Tell): Promise<Outcome> {
  const start = performance.now();
  const ending = await work(record, turns, tell).catch((error: unknown): Ending => ({
    result: 'failed',
    changes: [],
    reason: messageOf(error),
  }));
  return { stack: record.stack, ...ending, seconds: (performance.now() - start) / 1000 };
}

async function work(record: StackRecord, turns: Turns, tell: Tell): Promise<Ending> {
  const { stack, pis } = record;
  const { operation, engine } = turns;
  // A preview tells itself of a Pi that does not answer.
  const offline = operation === 'preview' ? [] : await offlineOnes(record, turns, tell);
  const missing = offline.map(({ pi, reason }) => (pis.length > 1 ? `${pi.name}: ${reason}` : reason)).join('\n');
  if (pis.length > 0 && offline.length === pis.length) return { result: 'pending', changes: [], reason: missing };
  const wish = await cardWish(record, turns, tell);
  if (wish !== undefined) return { result: 'pending', changes: [], reason: wish };
  tell({ kind: 'status', phase: 'starting', text: 'starting' });
  // The others of the same stack do not wait for it.
  const run = await engine.run(operation, stack, { exclude: offline.map(({ pi }) => pi.urn), tell });
  const ending = endingOf(run);
  if (missing === '' || ending.result === 'failed' || ending.result === 'interrupted') return ending;
  return { ...ending, result: 'pending', reason: missing };
}

async function offlineOnes({ pis, config }: StackRecord, { contacts }: Turns, tell: Tell): Promise<Offline[]> {
  for (const { urn } of pis) tell({ kind: 'status', urn, phase: 'looking for it', text: '' });
  const found = await Promise.all(pis.map(async (pi) => ({ pi, reason: await contacts.whyOffline(pi) })));
  const offline = found.flatMap(({ pi, reason }) => (reason === undefined ? [] : [{ pi, reason }]));
  // Where its config leads elsewhere by now, it is looked for there.
  const isMoved = pis.length === 1 && offline.some(({ pi }) => hasMoved(pi, config));
  return isMoved ? [] : offline;
}

/** What a new stack says of the card that it wants, when none is to be written: `up` would build the image before it says so. */
async function cardWish({ stack, pis }: StackRecord, turns: Turns, tell: Tell): Promise<string | undefined> {
  const { operation, flash, engine } = turns;
  if (operation !== 'up' || flash || pis.length > 0) return undefined;
  const passing: Tell = (told) => {
    if (told.kind === 'status') tell(told);
  };
  const { failure } = await engine.run('preview', stack, { exclude: [], tell: passing });
  return failure?.kind === 'wants a card' ? failure.reason : undefined;
}

function endingOf({ changes, failure }: EngineRun): Ending {
  if (failure === undefined) return { result: changes.length > 0 ? 'changed' : 'unchanged', changes };
  return { result: resultOf(failure), changes, reason: failure.reason };
}

function resultOf(failure: EngineFailure): Result {
  return failure.kind === 'locked' || failure.kind === 'wants a card' ? 'pending' : failure.kind;
}
