import { createHash } from 'node:crypto';
import { renderToString } from 'preact-render-to-string';
import { html, type Markup } from './html.ts';
import { historyOf } from './history.ts';
import { historySection } from './history-section.ts';
import { closureSizes } from './closure-sizes.ts';
import { durations } from './durations.ts';
import { timeElement } from './elements.ts';
import { legend, type StackEvents } from './picture.ts';
import { timeline } from './timeline.ts';
import { overview, type Placed, piSection, state } from './pi-sections.ts';
import type { FleetReport, PiReport } from './report.ts';
import { style } from './style.ts';
import { formatTime, rebootNeeded, remarks, summaryLine } from './words.ts';

/** The page as one file: no script, nothing from elsewhere, and a policy that would let neither be. */
export function renderPage(report: FleetReport): string {
  return `<!doctype html>\n${renderToString(
    html`<html lang="en">
      ${head(report)}${body(report)}
    </html>`,
  )}\n`;
}

function head({ project, pis }: FleetReport): Markup {
  const digest = createHash('sha256').update(style).digest('base64');
  return html`<head>
    <meta charset="utf-8" />
    <meta
      http-equiv="Content-Security-Policy"
      content="default-src 'none'; style-src 'sha256-${digest}'; base-uri 'none'; form-action 'none'"
    />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="color-scheme" content="light dark" />
    <title>${project}: ${summaryLine(pis)}</title>
    <style dangerouslySetInnerHTML=${{ __html: style }} />
  </head>`;
}

function body(report: FleetReport): Markup {
  const { project, madeAt, madeBy, pis, stacks } = report;
  const histories = stacks.map((stack, index) => ({
    stack: stack.name,
    id: `stack-${String(index + 1)}`,
    events: historyOf(stack, pis),
  }));
  const placed = pis.map((pi, index): Placed => ({
    pi,
    id: `pi-${String(index + 1)}`,
    historyId: histories.find(({ stack }) => stack === pi.status.stack)?.id ?? '',
  }));
  const places = new Map(placed.map(({ pi, id }) => [pi.name, id]));
  return html`<body>
    <header>
      <h1>Fleet of ${project}</h1>
      <p class="summary">${summaryLine(pis)}</p>
      <p class="quiet">As of ${timeElement(madeAt, formatTime(madeAt))} (${timeZone()}), by ${madeBy}.</p>
      ${toLookAt(placed)}
    </header>
    <main>
      <h2>Every Pi</h2>
      ${overview(placed, madeAt)} ${pictures(pis, histories, madeAt)}
      <h2>Each Pi</h2>
      ${placed.map((each) => piSection(each, madeAt))}
      <h2>History</h2>
      <p class="quiet">
        From the backend’s history of each stack, and from the records that the Pis themselves keep. The newest first,
        at most 100 of each stack.
      </p>
      ${histories.map((history) => historySection({ ...history, places }))}
    </main>
    <footer class="quiet small">Made by npm run fleet -- report. Times are of the time zone ${timeZone()}.</footer>
  </body>`;
}

function timeZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** Those Pis that somebody has to do something about. */
function toLookAt(placed: readonly Placed[]): Markup {
  const wanted = placed.filter(({ pi }) => needsAttention(pi));
  if (wanted.length === 0) return false;
  return html`<ul class="remarks">
    ${wanted.map(({ pi, id }) => html`<li><a href="#${id}">${pi.name}</a> ${state(pi.status)} <span class="quiet">${remarks(pi).join(' ')}</span></li>`)}
  </ul>`;
}

function needsAttention(pi: PiReport): boolean {
  return pi.status.standing !== 'current' || rebootNeeded(pi);
}

function pictures(pis: readonly PiReport[], histories: readonly StackEvents[], now: Date): Markup {
  return html`<section aria-labelledby="pictures">
    <h2 id="pictures">In pictures</h2>
    <figure>
      <figcaption>What happened when</figcaption>
      ${timeline(histories, now)}${legend()}
    </figure>
    <figure>
      <figcaption>Closure of the running system</figcaption>
      ${closureSizes(pis)}
      <p class="quiet small">Strokes: the generations before it. Pis that do not answer are left out.</p>
    </figure>
    <figure>
      <figcaption>How long updates took</figcaption>
      ${durations(histories)}
    </figure>
  </section>`;
}
