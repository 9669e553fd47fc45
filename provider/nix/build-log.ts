import { stripVTControlCharacters } from 'node:util';
import { z } from 'zod';

/** What one line of Nix' structured log tells (`--log-format internal-json`; nix/src/libutil/logging.hh). */
export type BuildEvent =
  | { readonly kind: 'started'; readonly text: string }
  | { readonly kind: 'log'; readonly text: string }
  | { readonly kind: 'message'; readonly level: number; readonly text: string };

const line = z.discriminatedUnion('action', [
  z.object({ action: z.literal('start'), type: z.number(), text: z.string() }),
  z.object({ action: z.literal('result'), type: z.number(), fields: z.array(z.unknown()).default([]) }),
  z.object({ action: z.literal('msg'), level: z.number(), msg: z.string() }),
]);

/** Messages up to this level are errors (0) and warnings (1), for example that a builder cannot be reached (libutil/error.hh). */
export const warningLevel = 1;

const buildLogLine = 101;
// CopyPath, FileTransfer, Build, Substitute: the activities that a person waits for.
const visibleActivities = new Set([100, 101, 105, 108]);

/** The event in a line of standard error; undefined where it has none that matters. Any text that is no JSON is a log line. */
export function parseBuildLog(text: string): BuildEvent | undefined {
  if (!text.startsWith('@nix ')) return { kind: 'log', text: stripVTControlCharacters(text) };
  const parsed = line.safeParse(parseJson(text.slice('@nix '.length)));
  if (!parsed.success) return undefined;
  const event = parsed.data;
  if (event.action === 'msg') return { kind: 'message', level: event.level, text: stripVTControlCharacters(event.msg) };
  if (event.action === 'start') {
    return visibleActivities.has(event.type) && event.text !== '' ? { kind: 'started', text: event.text } : undefined;
  }
  const [first] = event.fields;
  return event.type === buildLogLine && typeof first === 'string'
    ? { kind: 'log', text: stripVTControlCharacters(first) }
    : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
