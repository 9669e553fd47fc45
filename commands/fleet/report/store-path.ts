import { html, type Markup } from './html.ts';

/**
 * A store path, shortened to the eye alone: a click selects all of it, and what is copied is whole. Anything else is shown as it
 * is.
 */
export function storePath(path: string): Markup {
  const [, directory, hash, rest, name] = /^(\/nix\/store\/)([0-9a-z]{8})([0-9a-z]{24})(-.+)$/.exec(path) ?? [];
  if (directory === undefined) return html`<code class="path">${path === '' ? 'none' : path}</code>`;
  return html`<code class="path" title=${path}
    ><span class="folded">${directory}</span>${hash}<span class="folded rest">${rest}</span>${name}</code
  >`;
}

/** A time for people and for programs. */
export function timeElement(time: Date, text: string): Markup {
  return html`<time datetime=${time.toISOString()}>${text}</time>`;
}
