/** What of the engine's word about a step is needed here. */
export interface Step {
  readonly op: string;
  readonly urn: string;
  readonly new?: { readonly inputs?: Readonly<Record<string, unknown>> } | undefined;
}

const quiet = new Set(['same', 'read', 'refresh', 'discard', 'create-replacement', 'delete-replaced']);

/** One line for a step that changes something; undefined for the others, for the stack itself and for what the engine makes for it. */
export function describeStep({ op, urn, new: state }: Step): string | undefined {
  const [, kind = '', name = ''] = /([^:$]+)::([^:]+)$/.exec(urn) ?? [];
  if (quiet.has(op) || kind === 'Stack' || urn.includes('::pulumi:providers:')) return undefined;
  const storePath = state?.inputs?.['storePath'];
  // In a preview the engine may not know it yet, and sends a word of its own.
  const isKnown = typeof storePath === 'string' && storePath.startsWith('/nix/store/');
  const to = kind === 'NixosDeployment' && isKnown ? ` to ${storePath}` : '';
  return `${op} ${kind} ${name}${to}`;
}

/** Without the engine's marks for colours: `<{%fg 1%}>`. */
export function plainText(message: string): string {
  return message.replaceAll(/<\{%[^%]*%\}>/g, '').trim();
}
