import { storePath, table, timeElement } from './elements.ts';
import { html, type Markup } from './html.ts';
import type { DeploymentOfPi, Event, Result } from './history.ts';
import { packages } from './pi-sections.ts';
import { describeOutcome, describeResourceChanges, formatSeconds, formatTime } from './words.ts';

/** How many events are seen at once; the others are folded. */
const seen = 8;

export interface StackHistory {
  readonly stack: string;
  readonly id: string;
  readonly events: readonly Event[];
  /** Where its Pis stand on the page, by their names. */
  readonly places: ReadonlyMap<string, string>;
}

/** Who did what to a stack when, how long it took, and what came of it. */
export function historySection({ stack, id, events, places }: StackHistory): Markup {
  const [recent, earlier] = [events.slice(0, seen), events.slice(seen)];
  return html`<section class="history" id=${id} data-stack=${stack} aria-labelledby="${id}-name">
    <h3 id="${id}-name">${stack}</h3>
    ${recent.length === 0 ? html`<p class="quiet">Nothing has been done to this stack yet.</p>` : eventTable(recent, places)}
    ${
      earlier.length > 0 &&
      html`<details>
        <summary>${earlier.length} earlier</summary>
        ${eventTable(earlier, places)}
      </details>`
    }
  </section>`;
}

function eventTable(events: readonly Event[], places: ReadonlyMap<string, string>): Markup {
  const heads = ['When', 'What', 'Who', 'What changed', 'Took'];
  return table(
    heads,
    events.map((event) => row(event, places)),
  );
}

const resultWords: Readonly<Record<Result, string>> = {
  succeeded: 'succeeded',
  unchanged: 'nothing to change',
  failed: 'failed',
  unfinished: 'no end known',
};

function row(event: Event, places: ReadonlyMap<string, string>): Markup {
  const { at, kind, result, who, message, commit, seconds, deployments } = event;
  const changes = describeResourceChanges(event.resourceChanges);
  return html`<tr role="row">
    <td role="cell" class="when" data-label="When">${timeElement(at, formatTime(at))}</td>
    <td role="cell" data-label="What">
      <span
        >${kind}<span class="small line ${result === 'failed' ? 'failed' : 'quiet'}">${resultWords[result]}</span></span
      >
    </td>
    <td role="cell" data-label="Who">
      <span
        ><bdi>${who}</bdi
        >${message !== '' && html`<bdi class="small quiet line">${message}</bdi>`}${commit !== '' && html`<bdi class="small quiet line">commit ${commit}</bdi>`}</span
      >
    </td>
    <td role="cell" data-label="What changed">
      <div>
        ${kind === 'deployment' && html`<div class="small quiet">by the Pi’s own record, not by this stack’s history</div>`}
        ${changes !== '' && html`<div>resources: ${changes}</div>`}
        ${deployments.map((each) => deploymentOfPi(each, places))}
        ${changes === '' && deployments.length === 0 && html`<span class="quiet">nothing</span>`}
      </div>
    </td>
    <td role="cell" class="took" data-label="Took">
      ${seconds === undefined ? html`<span class="quiet">not known</span>` : html`<span>${formatSeconds(seconds)}</span>`}
    </td>
  </tr>`;
}

function deploymentOfPi({ pi, deployment }: DeploymentOfPi, places: ReadonlyMap<string, string>): Markup {
  const { storePath: to, previous: from, outcome, packages: changes } = deployment;
  return html`<div class="deployment">
    <div><a href="#${places.get(pi) ?? ''}">${pi}</a> <span class="quiet small">${describeOutcome(outcome)}</span></div>
    <div>${storePath(from)}</div>
    <div>→ ${storePath(to)}</div>
    ${changes !== undefined && packages(changes, '')}
  </div>`;
}
