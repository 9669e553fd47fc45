import type { TerminalSize } from '../../lab/pseudo-terminal.ts';
import type { Run, Screen } from './screens.ts';

const line = { width: 7.83, height: 18 };
const margin = 16;
const bar = 30;

/** How long a still screen is shown at most, in seconds; what is longer is squeezed. */
const longest = 1;
/** How long all of it takes at most, and how long the last screen stays. */
const all = 30;
const rest = 6;

/** An animated picture of screens: side by side on a strip, which a window moves along. It loops, and stands still at its end for who wants no motion. */
export function film(screens: readonly Screen[], { columns, rows }: TerminalSize, title: string): string {
  const width = Math.ceil(columns * line.width) + 2 * margin;
  const height = rows * line.height + 2 * margin + bar;
  const lines = new Map<string, number>();
  const frames = screens.map((screen, index) => frame(screen, index * width, lines));
  const moves = keyframes(screens, width);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${String(width)} ${String(height)}" width="${String(width)}" height="${String(height)}" role="img" xml:space="preserve" aria-label="A recorded terminal session of ${title}">
<style>
${style}
#strip { transform: translateX(${String(-width * (screens.length - 1))}px); animation: film ${seconds(moves.duration)}s steps(1, end) infinite; }
@media (prefers-reduced-motion: reduce) { #strip { animation: none; } }
@keyframes film { ${moves.text} }
</style>
<rect class="back" width="${String(width)}" height="${String(height)}" rx="8"/>
<g class="bar"><circle cx="20" cy="17" r="5"/><circle cx="38" cy="17" r="5"/><circle cx="56" cy="17" r="5"/><text x="${String(width / 2)}" y="21" text-anchor="middle">${title}</text></g>
<defs>${[...lines].map(([text, id]) => `<text id="l${String(id)}">${text}</text>`).join('\n')}</defs>
<svg x="0" y="${String(bar)}" width="${String(width)}" height="${String(height - bar)}"><g id="strip">
${frames.join('\n')}
</g></svg>
</svg>
`;
}

const style = `text { font: 13px ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace; white-space: pre; fill: #24292f; }
.back { fill: #f6f8fa; stroke: #d0d7de; }
.bar circle { fill: #c4ccd4; }
.bar text { fill: #57606a; }
.b { font-weight: bold; }
.c1, .c9 { fill: #cf222e; } .c2, .c10 { fill: #116329; } .c3, .c11 { fill: #7d4e00; } .c4, .c12 { fill: #0969da; } .c5, .c13 { fill: #8250df; } .c6, .c14 { fill: #1b7c83; } .c8 { fill: #57606a; }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3; }
  .back { fill: #0d1117; stroke: #30363d; }
  .bar circle { fill: #484f58; }
  .bar text { fill: #8b949e; }
  .c1, .c9 { fill: #ff7b72; } .c2, .c10 { fill: #3fb950; } .c3, .c11 { fill: #d29922; } .c4, .c12 { fill: #58a6ff; } .c5, .c13 { fill: #bc8cff; } .c6, .c14 { fill: #39c5cf; } .c8 { fill: #8b949e; }
}`;

/** One screen; a line that was there before is used again. */
function frame({ lines: screen }: Screen, x: number, lines: Map<string, number>): string {
  const uses = screen.flatMap((runs, row) => {
    if (runs.length === 0) return [];
    const text = runs.map(marked).join('');
    const id = lines.get(text) ?? lines.size;
    lines.set(text, id);
    return [`<use href="#l${String(id)}" y="${String(margin + row * line.height + 12)}"/>`];
  });
  return `<g transform="translate(${String(x + margin)})">${uses.join('')}</g>`;
}

function marked({ text, color, bold }: Run): string {
  const escaped = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  const classes = [color === undefined ? '' : `c${String(color)}`, bold ? 'b' : ''].filter(Boolean).join(' ');
  return classes === '' ? escaped : `<tspan class="${classes}">${escaped}</tspan>`;
}

function keyframes(screens: readonly Screen[], width: number): { text: string; duration: number } {
  const shown = screens
    .slice(1)
    .map(({ seconds: at }, index) => Math.min(longest, at - (screens[index]?.seconds ?? at)));
  const sum = shown.reduce((before, each) => before + each, 0);
  const scale = Math.min(1, (all - rest) / sum);
  const duration = sum * scale + rest;
  let at = 0;
  const steps = screens.map((_, index) => {
    const step = `${((100 * at) / duration).toFixed(2)}% { transform: translateX(${String(-width * index)}px); }`;
    at += (shown[index] ?? 0) * scale;
    return step;
  });
  return {
    text: `${steps.join(' ')} 100% { transform: translateX(${String(-width * (screens.length - 1))}px); }`,
    duration,
  };
}

function seconds(duration: number): string {
  return duration.toFixed(1);
}
