import type { PackageChanges } from '../../../provider/nix/compare-packages.ts';
import { describePackageChanges } from '../../../provider/nix/describe-package-changes.ts';
import { formatBytes } from '../../../provider/values/byte-count.ts';
import { type PiStatus, standingWords } from '../pi-status.ts';
import { storePath, table, timeElement } from './elements.ts';
import { html, type Markup } from './html.ts';
import type { Contact, PiReport } from './report.ts';
import { formatAgo, formatTime, rebootNeeded, remarks } from './words.ts';

/** A Pi's place on the page. */
export interface Placed {
  readonly pi: PiReport;
  readonly id: string;
  /** Of its stack's history. */
  readonly historyId: string;
}

/** All Pis in a table, a line each. */
export function overview(all: readonly Placed[], now: Date): Markup {
  const heads = ['Pi', 'State', 'Generation', 'Kernel', 'Free space', 'Last contact'];
  return table(
    heads,
    all.map((placed) => overviewRow(placed, now)),
    'overview',
  );
}

function overviewRow({ pi, id }: Placed, now: Date): Markup {
  const reboot = rebootNeeded(pi) && html`<span class="small pending line">reboot needed</span>`;
  return html`<tr role="row" data-pi=${pi.name}>
    <th scope="row" role="rowheader"><a href="#${id}">${pi.name}</a></th>
    <td role="cell" data-label="State"><span>${state(pi.status)}</span></td>
    <td role="cell" data-label="Generation"><span>${generationOf(pi)}</span></td>
    <td role="cell" data-label="Kernel"><span>${kernelOf(pi)}${reboot}</span></td>
    <td role="cell" data-label="Free space"><span>${freeSpace(pi)}</span></td>
    <td role="cell" data-label="Last contact"><span>${contact(pi.contact, now)}</span></td>
  </tr>`;
}

export function state({ standing }: PiStatus): Markup {
  return html`<span class="state ${standing}">${standingWords[standing]}</span>`;
}

function generationOf({ status }: PiReport): string {
  return status.generation === undefined || status.generation === 0 ? '–' : String(status.generation);
}

function kernelOf({ running, recorded }: PiReport): string {
  return (running ?? recorded)?.kernel ?? '–';
}

function freeSpace({ running, recorded }: PiReport): Markup {
  const now = running?.free?.store.freeBytes;
  const free = now ?? recorded?.freeBytes ?? 0;
  if (free === 0) return '–';
  return now === undefined
    ? html`<span>${formatBytes(free)} <span class="quiet small">as recorded</span></span>`
    : formatBytes(free);
}

function contact(found: Contact | undefined, now: Date): Markup {
  if (found === undefined) return 'not known';
  if (found.from === 'now') return timeElement(found.time, 'now');
  return timeElement(found.time, formatAgo(found.time, now));
}

/** All there is to know about a Pi. */
export function piSection({ pi, id, historyId }: Placed, now: Date): Markup {
  const { status } = pi;
  return html`<article id=${id} data-pi=${pi.name} aria-labelledby="${id}-name">
    <header>
      <h3 id="${id}-name">${pi.name}</h3>
      ${state(status)}
      <span class="small"><a href="#${historyId}">History of stack ${status.stack}</a></span>
    </header>
    ${remarks(pi).map((line) => html`<p>${line}</p>`)}
    ${
      pi.recorded !== undefined &&
      html`<dl>
        ${facts(pi, now).map(
          ([term, value, field]) =>
            html`<div class=${isWide(field) && 'wide'}>
              <dt>${term}</dt>
              <dd data-field=${field}>${value}</dd>
            </div>`,
        )}
      </dl>`
    }
  </article>`;
}

function facts(pi: PiReport, now: Date): (readonly [string, Markup, string])[] {
  const { status, recorded, running } = pi;
  const { desired } = status;
  const board = running?.boardModel === '' ? recorded?.boardModel : (running?.boardModel ?? recorded?.boardModel);
  const all: (readonly [string, Markup | undefined, string])[] = [
    [
      'Desired',
      desired === undefined
        ? html`<span class="quiet">not certain: npm run fleet -- preview tells</span>`
        : storePath(desired),
      'desired',
    ],
    ['Recorded', withGeneration(status.recorded, recorded?.generation), 'recorded'],
    [
      'Running',
      status.running === undefined
        ? html`<span class="quiet">not known, it does not answer</span>`
        : withGeneration(status.running, running?.generation),
      'running',
    ],
    ['Would change', pendingPackages(pi), 'pending'],
    [
      'Drift',
      status.standing === 'drifted'
        ? packages(pi.drift, 'which packages is not known: the Pi keeps the recorded system no more')
        : undefined,
      'drift',
    ],
    ['Kernel', kernelOf(pi), 'kernel'],
    ['Reboot', rebootNeeded(pi) ? 'needed' : 'not needed', 'reboot'],
    ['Board', board === undefined || board === '' ? 'not known' : board, 'board'],
    ['Free space', freeSpace(pi), 'free'],
    ['Host', status.host, 'host'],
    ['Last contact', contactInWords(pi.contact, now), 'contact'],
  ];
  return all.flatMap(([term, value, field]) => (value === undefined ? [] : [[term, value, field] as const]));
}

/** Paths and lists take a line of their own. */
function isWide(field: string): boolean {
  return ['desired', 'recorded', 'running', 'pending', 'drift', 'contact'].includes(field);
}

function withGeneration(path = '', generation = 0): Markup {
  return html`<span
    >${storePath(path)}${generation > 0 && html`<span class="quiet small"> generation ${generation}</span>`}</span
  >`;
}

function pendingPackages({ status, pending }: PiReport): Markup | undefined {
  const { desired, running, recorded } = status;
  if (desired === undefined || desired === (running ?? recorded)) return undefined;
  return packages(pending, 'which packages is not known on this machine: npm run fleet -- preview evaluates');
}

/** How two systems differ, in lines. */
export function packages(changes: PackageChanges | undefined, unknown: string): Markup {
  if (changes === undefined) return html`<span class="quiet">${unknown}</span>`;
  const lines = describePackageChanges(changes);
  if (lines.length === 0) return html`<span class="quiet">no packages</span>`;
  return html`<ul class="packages">
    ${lines.map((line) => html`<li>${line}</li>`)}
  </ul>`;
}

function contactInWords(found: Contact | undefined, now: Date): Markup {
  if (found === undefined) return 'not known: it never answered a command on this machine, and its state names no time';
  const when = timeElement(found.time, formatTime(found.time));
  if (found.from === 'now') return html`<span>${when}, for this report</span>`;
  const how =
    found.from === 'state' ? 'when its stack’s state changed last' : 'when a command on this machine asked it';
  return html`<span>${when} (${formatAgo(found.time, now)}), ${how}</span>`;
}
