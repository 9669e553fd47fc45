import { scaleLinear } from 'd3-scale';
import { counted } from '../../../provider/values/counted.ts';
import { html, type Markup } from './html.ts';
import { axis, axisHeight, eventRow, inside, picture, rowHeight, type StackEvents } from './picture.ts';
import { formatSeconds } from './words.ts';

/** How long the updates of each stack took. */
export function durations(stacks: readonly StackEvents[]): Markup {
  const measured = stacks.map(measuredUpdates).filter(({ events }) => events.length > 0);
  if (measured.length === 0) return html`<p class="quiet">There was no update yet.</p>`;
  const longest = Math.max(1, ...measured.flatMap(secondsIn));
  const scale = scaleLinear().domain([0, longest]).range([1, 99]);
  const bottom = measured.length * rowHeight;
  const ticks = inside(scale.ticks(4).map((tick) => ({ at: scale(tick), text: formatSeconds(tick) })));
  const rows = measured.map((updates, row) =>
    eventRow(row, updates, ({ seconds = 0 }) => scale(seconds), medianOf(updates)),
  );
  const told = measured.map(
    (updates) => `${updates.stack}: ${counted(updates.events.length, 'update')}, ${medianOf(updates)}`,
  );
  return picture({
    id: 'durations',
    title: 'How long the updates of each stack took',
    description: `${told.join('; ')}.`,
    height: bottom + axisHeight,
    content: [...axis(ticks, bottom), ...rows],
  });
}

function measuredUpdates({ stack, events }: StackEvents): StackEvents {
  return { stack, events: events.filter(({ kind, seconds }) => kind === 'update' && seconds !== undefined) };
}

function secondsIn({ events }: StackEvents): number[] {
  return events.map(({ seconds = 0 }) => seconds);
}

function medianOf(updates: StackEvents): string {
  return `median ${formatSeconds(median(secondsIn(updates)))}`;
}

/** The middle one of some numbers; of an even count the mean of the two in the middle. */
export function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const [low = 0, high = low] = sorted.slice(Math.ceil(sorted.length / 2) - 1, Math.floor(sorted.length / 2) + 1);
  return (low + high) / 2;
}
