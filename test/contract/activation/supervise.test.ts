import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { supervise } from '../../../provider/activation/supervise.ts';
import type { SupervisedDeployment } from '../../../provider/activation/supervised-deployment.ts';
import { UntoldError } from '../../../provider/activation/unfinished-deployment.ts';
import { ProvisioningError } from '../../../provider/errors.ts';
import { UnreachableError } from '../../../provider/ssh/connection.ts';
import { SshSession } from '../../../provider/ssh/session.ts';
import { stateDirectory } from '../../../provider/values/pi-paths.ts';
import { recordedContext } from '../../unit/handlers/recorded-context.ts';
import { SshServer } from '../ssh/ssh-server.ts';
import { Wire } from '../ssh/wire.ts';

const deployment: SupervisedDeployment = {
  storePath: '/nix/store/00000000000000000000000000000000-new',
  goal: 'switch',
  expectedSystem: '/nix/store/00000000000000000000000000000000-old',
  address: '',
  deployer: 'ada',
  healthChecks: [],
  rollbackOnFailedUnits: false,
  activationTimeoutSeconds: 5,
  healthCheckTimeoutSeconds: 5,
  confirmTimeoutSeconds: 5,
};

// Nothing is under way. As many as are to be held, each in a start, are never told so.
const systemctl = `#!/bin/sh
for number in $(cat /run/test/hold); do
  if mkdir "/run/test/held-$number" 2> /dev/null; then exec sleep infinity; fi
done
`;

// A supervisor that ends at once.
const systemdRun = `#!/bin/sh
for folder in ${stateDirectory}/runs/*; do
  printf '%s\\n' "run=\${folder##*/}" storePath=${deployment.storePath} outcome=activated > "$folder/record"
  : > "$folder/ended"
done
`;

let server: SshServer;
beforeAll(async () => {
  server = await SshServer.start();
  server.machine.write('/usr/bin/systemctl', systemctl, 0o755);
  server.machine.write('/usr/bin/systemd-run', systemdRun, 0o755);
}, 300_000);
afterAll(async () => {
  await server.stop();
});

async function held(number: number): Promise<void> {
  for (let tries = 0; !server.machine.exists(`/run/test/held-${String(number)}`); tries += 1) {
    if (tries > 400) throw new Error('nothing is started');
    await sleep(50);
  }
}

describe('the connection is lost before the Pi knows of the deployment', () => {
  let before: Wire;
  let after: Wire;
  beforeEach(async () => {
    await server.machine.run('rm', '-rf', '/run/test', stateDirectory);
    before = await Wire.to(server.port);
    after = await Wire.to(server.port);
  });
  afterEach(async () => {
    await before.close();
    await after.close();
  });

  const cut = (): void => {
    before.cut();
  };

  /**
   * Deploys to a Pi that is reached `before`, and has to be at `to` afterwards. Each start loses its connection, as long
   * as there are ways to lose it. Counts how often the system is delivered once more, and how often at a time.
   *
   * @param refusal why it cannot be delivered.
   */
  async function deploy(to: Wire, lose: readonly (() => void | Promise<void>)[], refusal?: ProvisioningError) {
    server.machine.write('/run/test/hold', lose.map((_, index) => String(index + 1)).join(' '));
    const context = recordedContext();
    const sessionOver = ({ port }: Wire) => new SshSession(context, server.target('free', { port }), 10);
    const [current, confirmation] = [sessionOver(before), sessionOver(to)];
    const count = { deliveries: 0, atATime: 0, most: 0 };
    const deliverAgain = async (session: SshSession) => {
      count.deliveries += 1;
      count.atATime += 1;
      count.most = Math.max(count.most, count.atATime);
      await session.use((connection) => connection.run(['sleep', '0.5']));
      count.atATime -= 1;
      if (refusal !== undefined) throw refusal;
    };
    try {
      const sessions = { current, confirmation };
      const deployed = supervise(context, sessions, { sudoPassword: undefined }, deployment, deliverAgain);
      for (const [index, loss] of lose.entries()) {
        await held(index + 1);
        await loss();
      }
      const { outcome } = await deployed;
      return { outcome, deliveries: count.deliveries, atATime: count.most };
    } finally {
      current.dispose();
      confirmation.dispose();
    }
  }

  test('the system is delivered once more', async () => {
    expect(await deploy(before, [cut])).toEqual({ outcome: 'activated', deliveries: 1, atATime: 1 });
  });

  test('and once more where that start loses it too', async () => {
    expect(await deploy(before, [cut, cut])).toEqual({ outcome: 'activated', deliveries: 2, atATime: 1 });
  });

  test('once, where the Pi is to move and answers at both addresses', async () => {
    expect(await deploy(after, [cut])).toEqual({ outcome: 'activated', deliveries: 1, atATime: 1 });
  });

  test('to where the Pi is to move, if it answers there already and nowhere else', async () => {
    expect(await deploy(after, [() => before.close()])).toEqual({ outcome: 'activated', deliveries: 1, atATime: 1 });
  });

  test.each([
    ['to the Pi', new ProvisioningError({ what: 'its card is full' })],
    ['from a build host', new UnreachableError({ what: 'forge did not answer' })],
  ])('what cannot be delivered once more, %s, may be deployed all the same', async (_which, refusal) => {
    const deployed = deploy(before, [cut], refusal);
    await expect(deployed).rejects.toThrow(UntoldError);
    await expect(deployed).rejects.toThrow('could not be delivered once more');
    await expect(deployed).rejects.toThrow(refusal.problem.what);
  });

  test('nor is a Pi that is to move waited for at the other address then', async () => {
    const full = new ProvisioningError({ what: 'its card is full' });
    await expect(deploy(after, [() => before.close()], full)).rejects.toThrow(full.problem.what);
  });
});
