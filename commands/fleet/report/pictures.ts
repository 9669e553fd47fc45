import { scaleLinear, scaleTime } from 'd3-scale';
import { formatBytes } from '../../../provider/values/byte-count.ts';
import { counted } from '../../../provider/values/counted.ts';
import { html, type Markup } from './html.ts';
import type { Event, Result } from './history.ts';
import type { PiReport } from './report.ts';
import { formatSeconds, formatTime } from './words.ts';

// Places are per cent of the width, so that letters stay as large on a phone as on a wall.
const percent = (place: number): string => `${place.toFixed(2)}%`;
const rowHeight = 46;
const axisHeight = 26;

export interface StackEvents {
  readonly stack: string;
  readonly events: readonly Event[];
}

interface Picture {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly height: number;
  readonly content: readonly Markup[];
}

function picture({ id, title, description, height, content }: Picture): Markup {
  return html`<svg role="img" height=${height} aria-labelledby="${id}-title ${id}-desc">
    <title id="${id}-title">${title}</title>
    <desc id="${id}-desc">${description}</desc>
    ${content}
  </svg>`;
}

/** What happened when, a line for each stack. */
export function timeline(stacks: readonly StackEvents[], now: Date): Markup {
  const times = stacks.flatMap(({ events }) => events.map(({ at }) => at));
  if (times.length === 0) return html`<p class="quiet">Nothing has been deployed yet.</p>`;
  const first = new Date(Math.min(...times.map((time) => time.getTime())));
  const scale = scaleTime().domain([first, now]).range([1, 99]);
  const format = timeFormat(first, now);
  const bottom = stacks.length * rowHeight;
  const ticks = inside(scale.ticks(4).map((tick) => ({ at: scale(tick), text: format.format(tick) })));
  const rows = stacks.map(
    ({ stack, events }, row) =>
      html`<g>
        <text x="0" y=${row * rowHeight + 14}>${stack}</text>
        <line x1="0" x2="100%" y1=${row * rowHeight + 30} y2=${row * rowHeight + 30} />
        ${events.toReversed().map((event) => mark(event.result, percent(scale(event.at)), row * rowHeight + 30, hint(event)))}
      </g>`,
  );
  const failed = stacks.flatMap(({ events }) => events).filter(({ result }) => result === 'failed').length;
  return picture({
    id: 'timeline',
    title: 'When something was done to each stack',
    description: `${counted(times.length, 'event')} from ${formatTime(first)} to ${formatTime(now)}, ${String(failed)} of them failed.`,
    height: bottom + axisHeight,
    content: [...axis(ticks, bottom), ...rows],
  });
}

/** As exact as the labels of an axis have to be to differ. */
function timeFormat(first: Date, last: Date): Intl.DateTimeFormat {
  const hours = (last.getTime() - first.getTime()) / 3_600_000;
  const timeStyle = hours < 0.05 ? 'medium' : 'short';
  if (hours < 48) return new Intl.DateTimeFormat('en-GB', { timeStyle });
  const day = hours < 24 * 700 ? ({ day: 'numeric' } as const) : ({ year: 'numeric' } as const);
  return new Intl.DateTimeFormat('en-GB', { ...day, month: 'short' });
}

function hint({ at, kind, result, seconds }: Event): string {
  const took = seconds === undefined ? '' : `, ${formatSeconds(seconds)}`;
  return `${kind} ${result}, ${formatTime(at)}${took}`;
}

/** A failure is told by its form too. */
function mark(result: Result, x: string, y: number, title: string): Markup {
  return result === 'failed'
    ? html`<svg x=${x} y=${y} overflow="visible">
        <title>${title}</title>
        <path class="cross" d="M-5 -5L5 5M5 -5L-5 5" />
      </svg>`
    : html`<circle class="dot ${result}" cx=${x} cy=${y} r="6"><title>${title}</title></circle>`;
}

/** What the marks mean. */
export function legend(): Markup {
  const entries: readonly (readonly [Result, string])[] = [
    ['succeeded', 'changed something'],
    ['unchanged', 'nothing to change'],
    ['failed', 'failed'],
    ['unfinished', 'no end known'],
  ];
  return html`<ul class="legend">
    ${entries.map(([result, text]) => html`<li><svg aria-hidden="true">${mark(result, '50%', 7, text)}</svg>${text}</li>`)}
  </ul>`;
}

/** What the closures of the Pis take. */
export function closureSizes(pis: readonly PiReport[]): Markup {
  const known = pis.filter(({ generations }) => generations.length > 0);
  if (known.length === 0) return html`<p class="quiet">No Pi could be asked for it.</p>`;
  const most = Math.max(...known.flatMap(({ generations }) => generations.map(({ bytes }) => bytes)));
  const scale = scaleLinear().domain([0, most]).range([0, 100]);
  const rows = known.map(({ name, generations }, row) => {
    const running = generations.find(({ isRunning }) => isRunning);
    const [top, others] = [row * rowHeight, generations.filter(({ isRunning }) => !isRunning)];
    return html`<g>
      <text x="0" y=${top + 14}>${name}</text>
      <text x="100%" y=${top + 14} text-anchor="end">${running === undefined ? '' : formatBytes(running.bytes)}</text>
      <rect class="track" x="0" y=${top + 23} width="100%" height="10" rx="2" />
      <rect class="bar" x="0" y=${top + 23} width=${percent(scale(running?.bytes ?? 0))} height="10" rx="2" />
      ${others.map(({ bytes, number }) => html`<line class="tick" x1=${percent(scale(bytes))} x2=${percent(scale(bytes))} y1=${top + 20} y2=${top + 36}><title>generation ${number}: ${formatBytes(bytes)}</title></line>`)}
    </g>`;
  });
  const told = known.map(
    ({ name, generations }) => `${name} ${formatBytes(generations.find(({ isRunning }) => isRunning)?.bytes ?? 0)}`,
  );
  return picture({
    id: 'closures',
    title: 'What the running system of each Pi takes',
    description: `${told.join(', ')}. Strokes are the generations before.`,
    height: known.length * rowHeight,
    content: rows,
  });
}

/** How long the updates of each stack took. */
export function durations(stacks: readonly StackEvents[]): Markup {
  const measured = stacks
    .map(({ stack, events }) => ({
      stack,
      events: events.filter(({ kind, seconds }) => kind === 'update' && seconds !== undefined),
    }))
    .filter(({ events }) => events.length > 0);
  if (measured.length === 0) return html`<p class="quiet">There was no update yet.</p>`;
  const secondsIn = (events: readonly Event[]) => events.map(({ seconds = 0 }) => seconds);
  const scale = scaleLinear()
    .domain([0, Math.max(1, ...measured.flatMap(({ events }) => secondsIn(events)))])
    .range([1, 99]);
  const bottom = measured.length * rowHeight;
  const ticks = inside(scale.ticks(4).map((tick) => ({ at: scale(tick), text: formatSeconds(tick) })));
  const rows = measured.map(
    ({ stack, events }, row) =>
      html`<g>
        <text x="0" y=${row * rowHeight + 14}>${stack}</text>
        <text x="100%" y=${row * rowHeight + 14} text-anchor="end"
          >median ${formatSeconds(median(secondsIn(events)))}</text
        >
        <line x1="0" x2="100%" y1=${row * rowHeight + 30} y2=${row * rowHeight + 30} />
        ${events.map((event) => mark(event.result, percent(scale(event.seconds ?? 0)), row * rowHeight + 30, hint(event)))}
      </g>`,
  );
  const told = measured.map(
    ({ stack, events }) =>
      `${stack}: ${counted(events.length, 'update')}, median ${formatSeconds(median(secondsIn(events)))}`,
  );
  return picture({
    id: 'durations',
    title: 'How long the updates of each stack took',
    description: `${told.join('; ')}.`,
    height: bottom + axisHeight,
    content: [...axis(ticks, bottom), ...rows],
  });
}

/** The middle one of some numbers; of an even count the mean of the two in the middle. */
export function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const [low = 0, high = low] = sorted.slice(Math.ceil(sorted.length / 2) - 1, Math.floor(sorted.length / 2) + 1);
  return (low + high) / 2;
}

interface Tick {
  readonly at: number;
  readonly text: string;
}

/** A label at the very edge would stick out. */
function inside(ticks: readonly Tick[]): Tick[] {
  return ticks.filter(({ at }) => at >= 6 && at <= 94);
}

function axis(ticks: readonly Tick[], bottom: number): Markup[] {
  return ticks.map(
    ({ at, text }) =>
      html`<g>
        <line x1=${percent(at)} x2=${percent(at)} y1="20" y2=${bottom} />
        <text class="axis" x=${percent(at)} y=${bottom + 16} text-anchor="middle">${text}</text>
      </g>`,
  );
}
