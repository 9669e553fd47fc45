import type { Phase } from './phases.ts';

/** Something that is said of a stack, or of a resource in it, while it is worked on. */
export interface Told {
  /**
   * `status`: what goes on now; the next one takes its place. `step`: something changes, or would. `warning`: to be read later, too.
   * `request`: a person's hands are needed, or it goes no further.
   */
  readonly kind: 'status' | 'step' | 'warning' | 'request';
  /** The resource that it is about; default: the stack as a whole. */
  readonly urn?: string | undefined;
  /** Default: what the text is known to begin with, else the one before goes on. */
  readonly phase?: Phase;
  readonly text: string;
}

/** Whether what a resource says asks for a person's hands: a card that is written does the Pi no good in the reader. */
export function isRequest(text: string): boolean {
  return text.startsWith('Put the card into the Pi and switch it on: ');
}

export type Tell = (told: Told) => void;
