import { html as template } from 'htm/preact';
import type { VNode } from 'preact';

/** A piece of the page. */
export type Markup = VNode | readonly VNode[] | string | false;

/** Markup from a template; whatever is put into it, as text or as an attribute, is escaped. */
export function html(parts: TemplateStringsArray, ...values: readonly unknown[]): VNode {
  const made = template(parts, ...values);
  // A template that begins with more than one element.
  if (Array.isArray(made)) throw new TypeError('a template has one element on top');
  return made;
}
