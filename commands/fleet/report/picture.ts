import { html, type Markup } from './html.ts';
import type { Event, Result } from './history.ts';
import { formatSeconds, formatTime } from './words.ts';

// Places are per cent of the width, so that letters stay as large on a phone as on a wall.
export const percent = (place: number): string => `${place.toFixed(2)}%`;
export const rowHeight = 46;
export const axisHeight = 26;

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

/** A picture, with what it says in words. */
export function picture({ id, title, description, height, content }: Picture): Markup {
  return html`<svg role="img" height=${height} aria-labelledby="${id}-title ${id}-desc">
    <title id="${id}-title">${title}</title>
    <desc id="${id}-desc">${description}</desc>
    ${content}
  </svg>`;
}

export interface Tick {
  readonly at: number;
  readonly text: string;
}

/** Those whose label does not stick out at an edge. */
export function inside(ticks: readonly Tick[]): Tick[] {
  return ticks.filter(({ at }) => at >= 6 && at <= 94);
}

/** The ticks' lines and labels, below the rows. */
export function axis(ticks: readonly Tick[], bottom: number): Markup[] {
  return ticks.map(
    ({ at, text }) =>
      html`<g>
        <line x1=${percent(at)} x2=${percent(at)} y1="20" y2=${bottom} />
        <text class="axis" x=${percent(at)} y=${bottom + 16} text-anchor="middle">${text}</text>
      </g>`,
  );
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

/**
 * The line of a stack, with a mark for each of some events.
 *
 * @param place of an event, in per cent of the width.
 * @param note at the right; default: none.
 */
export function eventRow(
  row: number,
  { stack, events }: StackEvents,
  place: (event: Event) => number,
  note = '',
): Markup {
  const [top, middle] = [row * rowHeight + 14, row * rowHeight + 30];
  return html`<g>
    <text x="0" y=${top}>${stack}</text>
    ${note !== '' && html`<text x="100%" y=${top} text-anchor="end">${note}</text>`}
    <line x1="0" x2="100%" y1=${middle} y2=${middle} />
    ${events.map((event) => mark(event.result, percent(place(event)), middle, hint(event)))}
  </g>`;
}

/** What a mark stands for. */
function hint({ at, kind, result, seconds }: Event): string {
  const took = seconds === undefined ? '' : `, ${formatSeconds(seconds)}`;
  return `${kind} ${result}, ${formatTime(at)}${took}`;
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
