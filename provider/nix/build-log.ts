import { stripVTControlCharacters } from 'node:util';
import { z } from 'zod';

/** What one line of Nix' structured log tells (`--log-format internal-json`; nix/src/libutil/logging.hh). */
export type BuildEvent =
  | {
      readonly kind: 'started';
      /** Tells this activity from all others of the same command. */
      readonly id: string;
      readonly activity: Activity;
      /** What it is about: a store path, a derivation or an address; empty where Nix does not say. */
      readonly subject: string;
      readonly text: string;
    }
  | { readonly kind: 'progress'; readonly id: string; readonly done: number; readonly expected: number }
  | { readonly kind: 'stopped'; readonly id: string }
  /** An activity whose progress counts others: builds, or paths that are fetched. */
  | { readonly kind: 'counting'; readonly id: string; readonly counted: Counted }
  /** How many bytes an activity's downloads will be, as far as is known. */
  | { readonly kind: 'expected'; readonly id: string; readonly downloadBytes: number }
  /** A line of a build's log; without an id it is text that is no structured log. */
  | { readonly kind: 'log'; readonly text: string; readonly id?: string }
  | { readonly kind: 'message'; readonly level: number; readonly text: string };

/** The activities that a person waits for. */
export type Activity = 'copy' | 'download' | 'build' | 'substitute' | 'fetch';

export type Counted = 'builds' | 'fetches';

// CopyPath, FileTransfer, Build, Substitute, FetchTree.
const activities = new Map<number, Activity>([
  [100, 'copy'],
  [101, 'download'],
  [105, 'build'],
  [108, 'substitute'],
  [112, 'fetch'],
]);
// CopyPaths, Builds.
const counting = new Map<number, Counted>([
  [103, 'fetches'],
  [104, 'builds'],
]);
const buildLogLine = 101;
const progressResult = 105;
const expectedResult = 106;
const fileTransfer = 101;

const line = z.discriminatedUnion('action', [
  z.object({
    action: z.literal('start'),
    id: z.string(),
    type: z.number(),
    text: z.string(),
    fields: z.array(z.unknown()).default([]),
  }),
  z.object({ action: z.literal('stop'), id: z.string() }),
  z.object({
    action: z.literal('result'),
    id: z.string().default(''),
    type: z.number(),
    fields: z.array(z.unknown()).default([]),
  }),
  z.object({ action: z.literal('msg'), level: z.number(), msg: z.string() }),
]);

type Line = z.infer<typeof line>;

// Most lines are of this kind, up to a hundred for each MB: read without the schema, which takes ten times as long.
const progressLine = /^@nix \{"action":"result","fields":\[(\d+),(\d+),\d+,\d+\],"id":(\d+),"type":105\}$/;

/** Messages up to this level are errors (0) and warnings (1), for example that a builder cannot be reached (libutil/error.hh). */
export const warningLevel = 1;

/** The event in a line of standard error; undefined where it has none that matters. Any text that is no JSON is a log line. */
export function parseBuildLog(text: string): BuildEvent | undefined {
  if (!text.startsWith('@nix ')) return { kind: 'log', text: stripVTControlCharacters(text) };
  const [, done, expected, id] = progressLine.exec(text) ?? [];
  if (id !== undefined) return { kind: 'progress', id, done: Number(done), expected: Number(expected) };
  // Ids go past what a number holds exactly (the process id, shifted by 32 bits).
  const parsed = line.safeParse(parseJson(text.slice('@nix '.length).replace(/"id":(\d+)/, '"id":"$1"')));
  return parsed.success ? eventOf(parsed.data) : undefined;
}

/** What Nix, ssh and the Pi said in a log, without the rest of it: errors, warnings, and lines that are no structured log. */
export function messagesIn(log: string): string {
  const said = log.split('\n').flatMap((each) => {
    const event = parseBuildLog(each);
    if (event?.kind === 'log') return [event.text];
    return event?.kind === 'message' && event.level <= warningLevel ? [event.text] : [];
  });
  return said.join('\n').trim();
}

function eventOf(event: Line): BuildEvent | undefined {
  switch (event.action) {
    case 'msg':
      return { kind: 'message', level: event.level, text: stripVTControlCharacters(event.msg) };
    case 'stop':
      return { kind: 'stopped', id: event.id };
    case 'start':
      return startOf(event);
    case 'result':
      return resultOf(event);
  }
}

function startOf({ id, type, text, fields }: Extract<Line, { action: 'start' }>): BuildEvent | undefined {
  const counted = counting.get(type);
  if (counted !== undefined) return { kind: 'counting', id, counted };
  const activity = activities.get(type);
  if (activity === undefined || text === '') return undefined;
  const [first] = fields;
  return { kind: 'started', id, activity, subject: typeof first === 'string' ? first : '', text };
}

function resultOf({ id, type, fields }: Extract<Line, { action: 'result' }>): BuildEvent | undefined {
  const [first, second] = fields;
  if (type === buildLogLine && typeof first === 'string')
    return { kind: 'log', text: stripVTControlCharacters(first), id };
  if (type === expectedResult && first === fileTransfer && isCount(second))
    return { kind: 'expected', id, downloadBytes: second };
  if (type !== progressResult || !isCount(first) || !isCount(second)) return undefined;
  return { kind: 'progress', id, done: first, expected: second };
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && value >= 0;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
