import type { Lab } from '../lab.ts';
import type { Outputs } from './deploy.ts';
import type { RebootProof } from './reboot-proof.ts';

/** What there is now, what to try, and how to be rid of it. */
export function summary(lab: Lab, outputs: Outputs, proof: RebootProof): string {
  const pi = lab.pi().place;
  const checks = Object.entries(outputs.checks).flatMap(([command, text]) => [
    `    $ ${command}`,
    ...indent(firstLines(text)),
  ]);
  return [
    '',
    `${outputs.boardModel} at ${outputs.address} (${pi.address})`,
    `  generation  ${String(outputs.generation)}`,
    `  store path  ${outputs.storePath}`,
    `  kernel      ${outputs.kernel}`,
    `  reboot      kept the generation (boot ${short(proof.bootIdBefore)}, then ${short(proof.bootIdAfter)})`,
    ...(checks.length === 0 ? [] : ['  checks', ...checks]),
    '',
    'What to try next',
    '  npm run lab -- shell     the workstation; there:',
    '    pulumi preview           nothing to change',
    '    edit hosts/lab/configuration.nix, for example environment.systemPackages = [ pkgs.neovim pkgs.hello ];',
    '    pulumi preview           one update, with the store path before and after',
    '    pulumi up',
    '  npm run lab -- ssh       the Pi',
    '',
    'How to remove it all',
    '  npm run lab -- down --purge',
    `  rm -r ${lab.instance.cache}     (the Pulumi engine and the Debian tree, shared by all checkouts)`,
    '',
    '',
  ].join('\n');
}

function firstLines(text: string): string[] {
  return text.split('\n').slice(0, 5);
}

function indent(lines: string[]): string[] {
  return lines.map((line) => `      ${line}`);
}

function short(bootId: string): string {
  return bootId.slice(0, 8);
}
