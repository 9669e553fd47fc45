import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { activate } from '../../../provider/activation/activate.ts';
import { withSession } from '../../../provider/ssh/session.ts';
import { recordedContext } from '../../unit/handlers/recorded-context.ts';
import { SshServer } from '../ssh/ssh-server.ts';

const storePath = '/nix/store/md1mnxv6sp1913rpvx80mmz99fr6d6ij-nixos-system-kitchen-26.05';

let server: SshServer;
beforeAll(async () => {
  server = await SshServer.start();
}, 300_000);
afterAll(async () => {
  await server.stop();
});

/** A Pi whose systemd starts the activation by `start`, and then says of it what `state` prints. */
function pretendSystemd(start: string, state: string): void {
  server.machine.write('/usr/bin/systemd-run', `#!/bin/sh\n${start}\n`, 0o755);
  server.machine.write('/usr/bin/systemctl', `#!/bin/sh\n${state}\n`, 0o755);
  server.machine.write('/usr/bin/journalctl', '#!/bin/sh\necho the journal\n', 0o755);
}

function activateHere(timeoutSeconds: number) {
  const elevation = { sudoPassword: undefined };
  return withSession(recordedContext(), server.target('free'), 10, (session) =>
    activate(recordedContext(), session, elevation, storePath, timeoutSeconds),
  );
}

const record = (result: string) => `
for run; do :; done
mkdir -p /var/lib/pulumi-nixos-pi
echo '${result}' > "/var/lib/pulumi-nixos-pi/activation-$run"`;

test('an activation that a power cut ended is not waited for', async () => {
  pretendSystemd('exit 0', 'echo inactive; exit 3');
  expect(await activateHere(60)).toEqual({ outcome: 'interrupted', code: 0, journal: 'the journal\n' });
}, 15_000);

test('an activation that has ended has a result', async () => {
  pretendSystemd(record('rolled-back 2'), 'echo inactive; exit 3');
  expect(await activateHere(60)).toEqual({ outcome: 'rolled-back', code: 2, journal: 'the journal\n' });
}, 15_000);

test.each([
  ['runs', 'echo active'],
  ['cannot be asked after', 'echo "Failed to connect to bus" >&2; exit 1'],
])(
  'an activation that %s is waited for until the time is over',
  async (_name, state) => {
    pretendSystemd('exit 0', state);
    await expect(activateHere(2)).rejects.toThrow(/is still being activated on the-pi after 2 s/);
  },
  15_000,
);
