import type { Context } from '../../../provider/context.ts';

/** A context whose lines can be looked at afterwards. */
export interface RecordedContext extends Context {
  readonly lines: string[];
}

export function recordedContext(signal: AbortSignal = new AbortController().signal): RecordedContext {
  const lines: string[] = [];
  return {
    lines,
    urn: 'urn:pulumi:lab::nixos-pi::test::kitchen',
    signal,
    progress: (message) => lines.push(`progress: ${message}`),
    log: {
      info: (message) => lines.push(`info: ${message}`),
      warn: (message) => lines.push(`warning: ${message}`),
    },
  };
}
