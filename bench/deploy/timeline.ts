import { median } from '../measure.ts';
import type { Step } from './article.ts';
import type { Performance } from './handler-program.ts';
import type { TraceEvent } from './trace.ts';

/** A part of a deployment: when it began and ended, in seconds from the start. */
export interface Phase {
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

const phaseOfProcess: readonly (readonly [RegExp, string])[] = [
  [/^ssh -G/, 'resolve'],
  [/^(nix-instantiate|nix eval)\b/, 'evaluate'],
  [/^nix-store .*--(query|realise)\b/, 'build'],
  [/^nix(-store)? .*(copy|--export)\b/, 'copy'],
];

/** A handler's phases in the order in which they began; what goes on at the same time overlaps. */
export function phasesOf({ events, seconds }: Pick<Performance, 'events' | 'seconds'>): Phase[] {
  const phases = new Map<string, Phase>();
  const add = (name: string, from: number, to: number): void => {
    const known = phases.get(name) ?? { name, from, to };
    phases.set(name, { name, from: Math.min(known.from, from), to: Math.max(known.to, to) });
  };
  const supervised = events.find(({ kind, text }) => kind === 'command' && text.includes('start_unit'));
  for (const event of events) {
    const name = phaseOf(event, supervised);
    if (name !== undefined) add(name, event.from, event.to);
  }
  if (supervised !== undefined) for (const part of partsOf(supervised, events)) add(part.name, part.from, part.to);
  return [...phases.values(), { name: 'all', from: 0, to: seconds }].toSorted((a, b) => a.from - b.from);
}

function phaseOf({ kind, text, from }: TraceEvent, supervised: TraceEvent | undefined): string | undefined {
  const [began, ended] = [supervised?.from ?? Infinity, supervised?.to ?? Infinity];
  if (kind === 'process') return phaseOfProcess.find(([pattern]) => pattern.test(text))?.[1];
  if (kind === 'connection') return from < began ? 'connect' : from < ended ? 'confirm' : 'verify';
  if (kind !== 'command') return undefined;
  if (from >= ended) return 'verify';
  if (text.includes('confirmed-')) return 'confirm';
  return text.includes('field currentSystem') ? 'probe' : undefined;
}

const partOfProgress: readonly (readonly [RegExp, string])[] = [
  [/^activating/, 'activate'],
  [/^trying the health checks/, 'check'],
  [/^confirming/, 'wait for confirmation'],
  [/^making the new system/, 'install'],
];

/** What the Pi's supervisor tells of itself divides the long command that follows it. */
function partsOf(supervised: TraceEvent, events: readonly TraceEvent[]): Phase[] {
  const marks = events.flatMap(({ kind, text, from }) => {
    const name = partOfProgress.find(([pattern]) => pattern.test(text))?.[1];
    return kind === 'progress' && name !== undefined ? [{ name, from }] : [];
  });
  const all = [{ name: 'start supervisor', from: supervised.from }, ...marks];
  return all.map(({ name, from }, at) => ({ name, from, to: all[at + 1]?.from ?? supervised.to }));
}

export function phasesOfScript(steps: readonly Step[]): Phase[] {
  const [first, last] = [steps[0]?.at ?? Number.NaN, steps.at(-1)?.at ?? Number.NaN];
  const phases = steps
    .slice(0, -1)
    .map(({ name, at }, index) => ({ name, from: at - first, to: (steps[index + 1]?.at ?? last) - first }));
  return [{ name: 'all', from: 0, to: last - first }, ...phases];
}

/** The medians of several rounds, a line for each phase. */
export function describePhases(rounds: readonly (readonly Phase[])[]): string[] {
  const names = [...new Set(rounds.flatMap((phases) => phases.map(({ name }) => name)))];
  return names.map((name) => {
    const found = rounds.flatMap((phases) => phases.filter((phase) => phase.name === name));
    const took = median(found.map(({ from, to }) => to - from));
    const began = median(found.map(({ from }) => from));
    return `  ${name.padEnd(24)} ${took.toFixed(2)} s, from ${began.toFixed(2)} s`;
  });
}

/** All that was started and waited for in one round. */
export function describeEvents(events: readonly TraceEvent[]): string[] {
  return events
    .toSorted((a, b) => a.from - b.from)
    .map(({ kind, text, from, to }) => {
      const took = kind === 'progress' ? '' : (to - from).toFixed(2);
      return `  ${from.toFixed(2).padStart(6)} ${took.padStart(6)}  ${kind.padEnd(10)} ${abridge(text)}`;
    });
}

function abridge(text: string): string {
  const line = text.replace(/\s+/g, ' ').replace(/\/nix\/store\/[a-z0-9]{32}-/g, '…-');
  return line.length > 110 ? `${line.slice(0, 109)}…` : line;
}
