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

/** A table with a head; on a phone a list, hence the roles, which a browser else forgets. */
export function table(heads: readonly string[], rows: readonly Markup[], className: string | false = false): Markup {
  return html`<table class=${className} role="table">
    <thead role="rowgroup">
      <tr role="row">
        ${heads.map((head) => html`<th scope="col" role="columnheader">${head}</th>`)}
      </tr>
    </thead>
    <tbody role="rowgroup">
      ${rows}
    </tbody>
  </table>`;
}
