import type { EngineEvent } from '@pulumi/pulumi/automation/index.js';
import { describeStep, plainText, type Step } from './steps.ts';
import { isRequest, type Tell } from './told.ts';

/** Something that was said of a resource. */
export interface Said {
  readonly urn: string;
  readonly text: string;
}

/** What an engine said while it ran. */
export class Heard {
  readonly #steps: Said[] = [];
  readonly #notes: Said[] = [];
  readonly #refreshed = new Set<string>();
  readonly errors: Said[] = [];
  readonly #tell: Tell;

  constructor(tell: Tell) {
    this.#tell = tell;
  }

  /** What changed, each with what its resource said of it: packages, for example. */
  get changes(): string[] {
    return this.#steps.map(({ urn, text }) =>
      [text, ...this.#notes.filter((note) => note.urn === urn).map((note) => indented(note.text))].join('\n'),
    );
  }

  hear({ resourcePreEvent, resOutputsEvent, diagnosticEvent, policyEvent }: EngineEvent): void {
    if (resourcePreEvent?.metadata.op === 'refresh') this.#refreshed.add(resourcePreEvent.metadata.urn);
    else if (resourcePreEvent !== undefined) this.#hearStep(resourcePreEvent.metadata);
    // Whether a refresh finds a change is only known afterwards.
    if (resOutputsEvent !== undefined && this.#refreshed.has(resOutputsEvent.metadata.urn))
      this.#hearStep(resOutputsEvent.metadata);
    // What a policy forbids is told by no diagnostic.
    if (policyEvent?.enforcementLevel === 'mandatory') {
      const { resourceUrn: urn = '', policyName, message } = policyEvent;
      this.errors.push({ urn, text: `${policyName}: ${plainText(message)}` });
    }
    const text = plainText(diagnosticEvent?.message ?? '');
    if (diagnosticEvent === undefined || text === '') return;
    const { severity, urn = '', ephemeral = false } = diagnosticEvent;
    if (severity === 'error') this.errors.push({ urn, text });
    else if (severity === 'info' && !ephemeral) this.#hearNote({ urn, text });
    else if (severity === 'warning' || ephemeral)
      this.#tell({ kind: ephemeral ? 'status' : 'warning', urn: diagnosticEvent.urn, text });
  }

  #hearNote(note: Said): void {
    this.#notes.push(note);
    if (isRequest(note.text)) this.#tell({ kind: 'request', ...note });
  }

  #hearStep(step: Step): void {
    const text = describeStep(step);
    if (text === undefined) return;
    this.#steps.push({ urn: step.urn, text });
    this.#tell({ kind: 'step', urn: step.urn, text });
  }
}

function indented(text: string): string {
  return text.replaceAll(/^/gm, '  ');
}
