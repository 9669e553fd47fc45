import type { CardFindings } from '../../card-writer/card-content.ts';

/** What is on a card, in words. */
export function describeContent({ content }: CardFindings): string {
  const words = {
    blank: 'nothing',
    factory: 'one empty file system, as cards are sold',
    unfinished: 'an unfinished flash',
  } as const;
  return content.kind === 'data' ? content.description : words[content.kind];
}

/**
 * Why what is on a card stands against erasing it; undefined when nothing does. `erase` is the fingerprint that its owner
 * named.
 */
export function whyKeep(path: string, findings: CardFindings, erase: string | undefined): string | undefined {
  if (findings.content.kind !== 'data' || erase === findings.fingerprint) return undefined;
  const named =
    erase === undefined ? '' : ` \`erase\` names ${erase}: that is another card, or something else was on it.`;
  return (
    `The card in ${path} is not empty: it holds ${describeContent(findings)}. Its fingerprint is ${findings.fingerprint}.${named} ` +
    `If all of it may be erased, say so with \`erase: "${findings.fingerprint}"\` ` +
    `(\`pulumi config set nixos-pi:eraseCard ${findings.fingerprint}\`, \`npm run cards -- flash --erase\`); otherwise put another card into the reader.`
  );
}
