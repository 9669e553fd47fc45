import { LabError } from '../../lab/errors.ts';
import type { Lab } from '../../lab/lab.ts';

/** The article's commands, as one would put them into a script; with the time before each on standard error. */
const script = `
set -eu
step() { printf 'step %s %s\\n' "$EPOCHREALTIME" "$1" >&2; }
configuration=$1 pi=$2
step nix-build
system=$(nix-build '<nixpkgs/nixos>' -A system --no-out-link -I nixos-config="$configuration")
step nix-copy-closure
nix-copy-closure --to "$pi" "$system"
step nix-env
ssh "$pi" sudo nix-env -p /nix/var/nix/profiles/system --set "$system"
step switch-to-configuration
ssh "$pi" sudo "$system/bin/switch-to-configuration" switch
step end
`;

/** A step of the script and when it began, in seconds; the last one is the end. */
export interface Step {
  readonly name: string;
  readonly at: number;
}

/**
 * Deploys a configuration as a person with a script does.
 *
 * @param host as the workstation's ssh knows it
 */
export async function deployByScript(
  lab: Lab,
  directory: string,
  configuration: string,
  host: string,
): Promise<Step[]> {
  const argv = ['bash', '-c', script, 'deploy', configuration, host];
  const { code, stderr } = await lab.exec(argv, { cwd: directory });
  if (code !== 0) throw new LabError(`the article's commands ended with ${String(code)}:\n${stderr}`);
  return stepsIn(stderr);
}

export function stepsIn(stderr: string): Step[] {
  const lines = stderr.matchAll(/^step (?<at>[\d.]+) (?<name>.+)$/gm);
  return [...lines].map(({ groups = {} }) => ({ name: groups['name'] ?? '', at: Number(groups['at']) }));
}
