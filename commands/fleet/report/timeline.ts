import { scaleTime } from 'd3-scale';
import { counted } from '../../../provider/values/counted.ts';
import { html, type Markup } from './html.ts';
import { axis, axisHeight, eventRow, inside, picture, rowHeight, type StackEvents } from './picture.ts';
import { formatTime } from './words.ts';

/** What happened when, a line for each stack. */
export function timeline(stacks: readonly StackEvents[], now: Date): Markup {
  const times = stacks.flatMap(({ events }) => events.map(({ at }) => at));
  if (times.length === 0) return html`<p class="quiet">Nothing has been deployed yet.</p>`;
  const first = new Date(Math.min(...times.map((time) => time.getTime())));
  const scale = scaleTime().domain([first, now]).range([1, 99]);
  const format = timeFormat(first, now);
  const bottom = stacks.length * rowHeight;
  const ticks = inside(scale.ticks(4).map((tick) => ({ at: scale(tick), text: format.format(tick) })));
  const rows = stacks.map(({ stack, events }, row) =>
    // The newest is drawn last, and so is on top.
    eventRow(row, { stack, events: events.toReversed() }, ({ at }) => scale(at)),
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
