import { scaleLinear } from 'd3-scale';
import { formatBytes } from '../../../provider/values/byte-count.ts';
import { html, type Markup } from './html.ts';
import { percent, picture, rowHeight } from './picture.ts';
import type { PiReport } from './report.ts';

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
