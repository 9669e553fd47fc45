import { readFileSync } from 'node:fs';
import path from 'node:path';

/** A code block of a document. */
export interface CodeBlock {
  /** Relative to the project. */
  readonly document: string;
  /** Of its first line. */
  readonly line: number;
  /** The word behind the opening fence; empty where there is none. */
  readonly language: string;
  /** The text of the HTML comment above it; empty where there is none. */
  readonly note: string;
  readonly text: string;
  /** What the document says that it prints: the block of language `text` that follows at once. */
  readonly prints: string;
}

const project = path.dirname(import.meta.dirname);

const fenced = /(?:^<!-- (?<note>[^\n]+) -->\n+)?^(?<indent> *)```(?<language>\w*)\n(?<text>.*?)^\k<indent>```$/gms;

/** The fenced code blocks of a document, in order. */
export function codeBlocks(document: string): CodeBlock[] {
  const text = readFileSync(path.join(project, document), 'utf8');
  const found = [...text.matchAll(fenced)];
  return found.map((match, index) => {
    const { note = '', language = '', text: code = '' } = match.groups ?? {};
    const start = match.index + match[0].indexOf('```');
    const end = match.index + match[0].length;
    const next = found[index + 1];
    const follows = next?.groups?.['language'] === 'text' && text.slice(end, next.index).trim() === '';
    return {
      document,
      line: text.slice(0, start).split('\n').length + 1,
      language,
      note,
      text: code,
      prints: follows ? (next.groups?.['text'] ?? '') : '',
    };
  });
}

/** What becomes of a block of commands in the tests, as the comment above it says. */
export type Treatment =
  /** test/lab/documentation.test.ts runs it, where `on` names a Pi there, after somebody has done what `after` names. */
  | { readonly kind: 'run'; readonly on?: string; readonly after: readonly string[]; readonly fails: boolean }
  /** A test in test/lab reads it here by this comment, and runs it. */
  | { readonly kind: 'read'; readonly note: string }
  /** Another test runs these commands in words of its own. */
  | { readonly kind: 'test'; readonly file: string }
  /** No test can run it. */
  | { readonly kind: 'needs'; readonly what: string }
  /** It is a file of its reader's. */
  | { readonly kind: 'file'; readonly path: string };

/** Undefined for a comment that says nothing of the kind. */
export function treatment({ note }: Pick<CodeBlock, 'note'>): Treatment | undefined {
  const run = /^run(?: on (?<on>[\w-]+))?(?: after: (?<after>[^;]+))?(?<fails>; it fails)?$/.exec(note)?.groups;
  if (run !== undefined) {
    const { on, after, fails } = run;
    return {
      kind: 'run',
      ...(on !== undefined && { on }),
      after: after?.split(', ') ?? [],
      fails: fails !== undefined,
    };
  }
  const [, kind = '', value = ''] = /^(run|test|needs|file): (.+)$/.exec(note) ?? [];
  if (kind === 'run') return { kind: 'read', note };
  if (kind === 'test') return { kind, file: value };
  if (kind === 'needs') return { kind, what: value };
  return kind === 'file' ? { kind, path: value } : undefined;
}
