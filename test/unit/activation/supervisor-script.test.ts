import { execFileSync } from 'node:child_process';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { afterBootScript } from '../../../provider/activation/after-boot-script.ts';
import { rebootScript, whyUnprotectedScript } from '../../../provider/activation/reboot-script.ts';
import { confirmScript, declineScript, followScript, startScript } from '../../../provider/activation/start-script.ts';
import { oneLine } from '../../../provider/activation/record-script.ts';
import { type SupervisorSettings, supervisorScript } from '../../../provider/activation/supervisor-script.ts';

const settings: SupervisorSettings = {
  run: '0c0ffee0-1234-4abc-8def-0123456789ab',
  deployer: 'stack kitchen, ada@laptop',
  storePath: '/nix/store/new',
  expectedSystem: '/nix/store/old',
  goal: 'switch',
  user: 'pi',
  address: '10.0.0.1',
  healthChecks: [],
  rollbackOnFailedUnits: false,
  activationSeconds: 0.5,
  healthSeconds: 60,
  confirmSeconds: 60,
};

const reboot = {
  run: settings.run,
  deployer: settings.deployer,
  storePath: '/nix/store/new',
  previousSystem: '/nix/store/old',
  previousGeneration: 3,
  bootId: 'boot',
  confirmSeconds: 60,
  bootSeconds: 600,
};

// Debian's sh is dash, NixOS' is bash.
describe.each(['dash', 'bash'])('in %s', (shell) => {
  test.each([
    { name: 'supervisor', script: supervisorScript({ ...settings, healthChecks: [{ command: 'true', root: true }] }) },
    { name: 'after-boot supervisor', script: afterBootScript(reboot) },
    { name: 'start and follow', script: `${startScript}\n${followScript}` },
    { name: 'confirm', script: confirmScript },
    { name: 'decline', script: declineScript },
    { name: 'reboot', script: rebootScript },
    { name: 'why unprotected', script: whyUnprotectedScript },
  ])('the script $name is one', ({ script }) => {
    execFileSync(shell, ['-n'], { input: script });
  });

  test('whatever a person writes arrives as it is, and does nothing', () => {
    const text = fc
      .oneof(fc.string(), fc.constantFrom("'; touch /tmp/x; '", '$(reboot)', '`reboot`', 'a\nnew=b', '\\', '"', "''"))
      .filter((value) => !value.includes('\0'));
    fc.assert(
      fc.property(text, text, (deployer, command) => {
        const script = supervisorScript({ ...settings, deployer, healthChecks: [{ command, root: false }] });
        const show = 'printf "%s\\0" "$deployer" "$check_1" "$check_root_1" "$new" "$activation_seconds"';
        const shown = execFileSync(shell, ['-s'], { input: `${script}${show}`, encoding: 'utf8' });
        expect(shown.split('\0')).toEqual([oneLine(deployer), command, 'no', '/nix/store/new', '1', '']);
      }),
      { numRuns: 40 },
    );
  });

  test('a reason of several lines is one field of the record, and comes back', () => {
    const script = supervisorScript(settings);
    const show = 'one_line "$(printf \'a\\\\nb\\nc\')"';
    expect(execFileSync(shell, ['-s'], { input: `${script}${show}`, encoding: 'utf8' })).toBe('a\\\\nb\\nc');
  });

  test.each([
    { says: 'warning: the following units failed: b.service, a.mount', units: 'a.mount b.service' },
    { says: 'Failed to start c.service\nFailed to restart d.socket: why', units: 'c.service d.socket' },
    { says: 'warning: the following user units failed: e.service', units: '' },
    { says: 'Failed to start ../../etc/x.service', units: '' },
  ])('failed units in $says', ({ says, units }) => {
    const show = `folder=$(mktemp -d); printf '%s\\n' "$said" > "$folder/activation"; failed_units | paste -s -d ' ' -; rm -r "$folder"`;
    const input = `${supervisorScript(settings)}said=${JSON.stringify(says).replaceAll('\\n', '\n')}\n${show}`;
    expect(execFileSync(shell, ['-s'], { input, encoding: 'utf8' }).trim()).toBe(units);
  });
});

test('a deployer is one line, without control characters', () => {
  expect(oneLine(' stack\n a\tb\u001b[31m ')).toBe('stack  a b [31m');
});
