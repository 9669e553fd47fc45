import { existsSync } from 'node:fs';
import { userInfo } from 'node:os';
import { execa } from 'execa';
import type { DeviceKind } from '../../card-writer/device-facts.ts';
import type { WriterEvent } from '../../card-writer/events.ts';
import { ProvisioningError } from '../../provider/errors.ts';
import { becomeRoot, putAsRoot, removeAsRoot } from './as-root.ts';
import { bundleCardWriter } from './bundle.ts';
import { chooseInterpreter } from './interpreter.ts';
import { installedWriter } from './places.ts';
import { sudoersRule } from './sudoers.ts';

/**
 * Installs the card writer as root's, with a rule for sudo that lets one user run it. Again is the same.
 *
 * @param user whose rule it is.
 * @param granted kinds of devices beside cards that it may write to.
 * @param tell told what is done, a line each.
 * @throws ProvisioningError when sudo refuses, or the installed writer does not answer.
 */
export async function installCardWriter(
  user: string,
  granted: readonly DeviceKind[],
  tell: (line: string) => void,
): Promise<void> {
  refuseOnNixos();
  const rule = sudoersRule(user);
  const interpreter = await chooseInterpreter();
  const writer = await bundleCardWriter(interpreter.path, granted);
  tell(`${installedWriter}: the card writer, ${String(Math.ceil(writer.length / 1000))} kB, root's`);
  if (interpreter.copyOf !== undefined) tell(`${interpreter.path}: a copy of ${interpreter.copyOf}, root's`);
  tell(`${rule.path}: ${user} may run the card writer as root, without arguments and without a password`);
  if (granted.length > 0) tell(`Whoever may run it can erase devices of these kinds as well: ${granted.join(', ')}`);
  await becomeRoot();
  if (interpreter.copyOf !== undefined)
    await putAsRoot({ path: interpreter.path, mode: '0755' }, { inputFile: interpreter.copyOf });
  await putAsRoot({ path: installedWriter, mode: '0755' }, { input: writer });
  await putAsRoot({ path: rule.path, mode: '0440', check: 'sudoers' }, { input: rule.text });
  if (user === userInfo().username) await requireAnswer();
}

/** There root's files come from the configuration, and sudo reads no others. */
function refuseOnNixos(): void {
  if (!existsSync('/etc/NIXOS')) return;
  throw new ProvisioningError({
    what: 'On NixOS the card writer is installed by the configuration.',
    remedy:
      'Import nix/card-writer.nix of this checkout, set `programs.pulumi-nixos-pi.cardWriter = { enable = true; users = [ "you" ]; };` and switch.',
  });
}

/** Takes it away, with the rules of all users. */
export async function uninstallCardWriter(): Promise<void> {
  await becomeRoot();
  await removeAsRoot();
}

/** The installed writer refuses an empty request; whatever else it says, it would say to a card as well. */
async function requireAnswer(): Promise<void> {
  const { stdout, stderr } = await execa('sudo', ['--non-interactive', '--', installedWriter], {
    reject: false,
    input: '{}\n',
  });
  const event = parsed(stdout);
  if (event?.event === 'failed' && event.problem.what.includes('malformed')) return;
  throw new ProvisioningError(
    event?.event === 'failed'
      ? event.problem
      : { what: 'The installed card writer does not answer.', original: stderr || stdout },
  );
}

function parsed(line: string): WriterEvent | undefined {
  try {
    return JSON.parse(line) as WriterEvent;
  } catch {
    return undefined;
  }
}
