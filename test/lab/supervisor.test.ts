import { afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import {
  deployedStorePaths,
  parseDeploymentRecord,
  recordScript,
} from '../../provider/activation/deployment-record.ts';
import { tell } from './pi-facts.ts';
import { ReadyPi } from './ready-pi.ts';
import { type Standing, SupervisedPi } from './supervised-pi.ts';

jest.setTimeout(5 * 60_000);

/** The Pi soon gives up waiting, where nobody can confirm. */
const confirmTimeoutSeconds = 8;

/** Systems that deploy badly, or slowly. */
const modules = {
  package: 'environment.systemPackages = [ pkgs.tmux ];',
  failsActivation: 'system.activationScripts.bad = "false";',
  hangsActivation: 'system.activationScripts.hang = "setsid sleep 1000";',
  slowActivation: 'system.activationScripts.slow = "sleep 6";',
  failsUnit: `systemd.services.broken = {
    wantedBy = [ "multi-user.target" ]; serviceConfig.Type = "oneshot"; script = "echo out of cheese; exit 3";
  };`,
  withoutSshd: 'services.openssh.enable = lib.mkForce false;',
  losesAddress: `systemd.services.cut = {
    wantedBy = [ "multi-user.target" ]; serviceConfig.Type = "oneshot"; serviceConfig.RemainAfterExit = true;
    script = "ip address flush dev eth0";
  };`,
  inhibited: 'system.switch.inhibitors.thing = "another";',
  slowBootLoader: `system.build.installBootLoader = lib.mkForce (pkgs.writeShellScript "slow" "sleep 1000");`,
  failsBootLoader: `system.build.installBootLoader = lib.mkForce (pkgs.writeShellScript "no" "echo the boot partition is full; exit 1");`,
  atAddress: 'networking.interfaces.eth0.ipv4.addresses = [ { address = "ADDRESS"; prefixLength = 24; } ];',
  atAnotherAddress: 'networking.interfaces.eth0.ipv4.addresses = [ { address = "10.42.0.177"; prefixLength = 24; } ];',
};

describe('the supervisor on a Pi', () => {
  let ready: ReadyPi;
  let pi: SupervisedPi;
  const built: Partial<Record<keyof typeof modules, string>> = {};

  beforeAll(async () => {
    ready = await ReadyPi.make();
    await ready.restore();
    pi = new SupervisedPi(ready);
  });

  // Whatever a test leaves running is over before the next one begins.
  afterEach(async () => {
    await ready.lab.link(ready.pi.place.name, 'up');
    if (!ready.pi.isRunning()) await ready.pi.powerOn();
    await ready.look();
    await pi.idle();
  });

  async function system(name: keyof typeof modules): Promise<string> {
    built[name] ??= await pi.system(name, modules[name].replace('ADDRESS', ready.pi.place.address));
    return built[name];
  }

  /** Nothing of a deployment is left: the Pi runs and boots what it did, reachable. */
  function expectBack(before: Standing, after: Standing, boot: 'same boot' | 'another boot' = 'same boot'): void {
    const { bootId, ...same } = before;
    expect(after).toMatchObject({ ...same, sshd: 'active', address: true, roots: '' });
    expect(after.bootId === bootId).toBe(boot === 'same boot');
  }

  async function record() {
    return parseDeploymentRecord((await ready.pi.ssh(['sh', '-c', recordScript])).stdout);
  }

  test('a system becomes the one that runs and boots; the record says who did it, and needs no root to be read', async () => {
    const before = await pi.standing();
    const storePath = await system('package');
    const healthChecks = [
      {
        command: 'tmux -V && test "$(id -un)" = pi && id -nG | grep -qw wheel && test "$HOME" = /home/pi',
        root: false,
      },
      { command: 'test "$(id -u)" = 0 && systemctl is-active sshd', root: true },
    ];
    expect(await pi.deploy({ storePath, healthChecks })).toMatchObject({ outcome: 'activated', code: 0, reason: '' });
    const after = await pi.standing();
    expect(after).toMatchObject({ current: storePath, profile: storePath, boots: storePath, roots: '' });
    expect(after.generation).toBe(before.generation + 1);
    const text = (await ready.pi.ssh(['sh', '-c', recordScript])).stdout;
    expect(parseDeploymentRecord(text)).toMatchObject({
      storePath,
      previous: before.current,
      previousGeneration: before.generation,
      deployer: 'stack ready, ada@workstation',
      outcome: 'activated',
    });
    expect(deployedStorePaths(text)).toContainEqual({ storePath, deployer: 'stack ready, ada@workstation' });
  });

  test('what activations print is for the login, not for everyone', async () => {
    const modes = await tell(
      ready.pi,
      'stat -c "%a %U" /var/lib/pulumi-nixos-pi/last/*; echo; cat /var/lib/pulumi-nixos-pi/last/log',
    );
    const [files = '', log = ''] = modes.split('\n\n');
    expect(log).toMatch(/activating the configuration/);
    expect(files.split('\n')).toContain('400 pi');
    expect(
      await tell(
        ready.pi,
        'sudo setpriv --reuid=nobody --clear-groups cat /var/lib/pulumi-nixos-pi/last/log 2>&1 || true',
      ),
    ).toMatch(/denied/);
  });

  test('without success of a health check it goes back, and says what the check printed', async () => {
    const before = await pi.standing();
    const healthChecks = [{ command: 'echo nothing listens on $PORT >&2; exit 7', root: false }];
    const result = await pi.deploy({ storePath: ready.facts.storePath, healthChecks, healthCheckTimeoutSeconds: 2 });
    expect(result).toMatchObject({ outcome: 'rolled-back', code: 7 });
    expect(result.reason).toMatch(/health check failed for 2 s: .*\nnothing listens on/);
    expectBack(before, await pi.standing());
  });

  test('a health check is tried until it succeeds', async () => {
    const command = 'test -e /tmp/tried || { touch /tmp/tried; exit 1; }';
    const storePath = ready.facts.storePath;
    expect(await pi.deploy({ storePath, healthChecks: [{ command, root: false }] })).toMatchObject({
      outcome: 'activated',
    });
  });

  test.each([
    { module: 'failsActivation' as const, code: 2, reason: /the activation script failed/ },
    { module: 'failsBootLoader' as const, code: 1, reason: /the boot loader could not be set up/ },
    { module: 'hangsActivation' as const, code: 124, reason: /did not end within 6 s/ },
  ])('$module: it goes back', async ({ module, code, reason }) => {
    const before = await pi.standing();
    const activationTimeoutSeconds = module === 'hangsActivation' ? 6 : 60;
    const result = await pi.deploy({ storePath: await system(module), activationTimeoutSeconds });
    expect(result).toMatchObject({ outcome: 'rolled-back', code });
    expect(result.reason).toMatch(reason);
    expectBack(before, await pi.standing());
  });

  test('a unit that fails is reported with its journal, and goes back only where that is asked for', async () => {
    const before = await pi.standing();
    const storePath = await system('failsUnit');
    const back = await pi.deploy({ storePath, rollbackOnFailedUnits: true });
    expect(back).toMatchObject({ outcome: 'rolled-back', code: 4, reason: 'units failed: broken.service' });
    expectBack(before, await pi.standing());
    const kept = await pi.deploy({ storePath });
    expect(kept).toMatchObject({ outcome: 'activated', code: 4 });
    expect(kept.failedUnits).toEqual([{ name: 'broken.service', journal: expect.stringMatching(/out of cheese/) }]);
    expect(await pi.standing()).toMatchObject({ current: storePath, profile: storePath, boots: storePath });
  });

  test.each([
    { module: 'withoutSshd' as const, boot: 'same boot' as const, outcome: 'rolled-back' },
    { module: 'losesAddress' as const, boot: 'another boot' as const, outcome: 'rebooted-back' },
  ])('$module: nobody can confirm, and it goes back', async ({ module, boot, outcome }) => {
    const before = await pi.standing();
    const result = await pi.deploy({ storePath: await system(module), confirmTimeoutSeconds });
    expect(result).toMatchObject({ outcome });
    expect(result.reason).toMatch(/nobody reached the Pi over a new connection within 8 s/);
    expectBack(before, await pi.standing(), boot);
  });

  test('a cut network: back without a confirmation, kept where it returns in time', async () => {
    const before = await pi.standing();
    const storePath = await system('slowActivation');
    const cut = await pi.start({ storePath, confirmTimeoutSeconds });
    await pi.phase('activating');
    await ready.lab.link(ready.pi.place.name, 'down');
    await pi.phase('ended');
    expectBack(before, await pi.standing());
    await ready.lab.link(ready.pi.place.name, 'up');
    expect(await cut.result).toMatchObject({ outcome: 'rolled-back', reason: expect.stringMatching(/nobody reached/) });

    const returns = await pi.start({ storePath, confirmTimeoutSeconds: 60 });
    await pi.phase('activating');
    await ready.lab.link(ready.pi.place.name, 'down');
    await pi.phase('confirming');
    await ready.lab.link(ready.pi.place.name, 'up');
    expect(await returns.result).toMatchObject({ outcome: 'activated' });
    expect(await pi.standing()).toMatchObject({ current: storePath, profile: storePath, boots: storePath });
  });

  test('a deployer that dies: nobody confirms, and the next one goes on', async () => {
    const before = await pi.standing();
    const storePath = await system('package');
    const healthChecks = [{ command: 'sleep 2', root: false }];
    const dying = await pi.start({ storePath, healthChecks, confirmTimeoutSeconds });
    await pi.phase('checking');
    await dying.kill();
    await pi.phase('ended');
    expectBack(before, await pi.standing());
    expect(await pi.deploy({ storePath })).toMatchObject({ outcome: 'activated' });
  });

  test.each(['activating', 'checking', 'confirming', 'installing'])(
    'the supervisor is killed while %s: it goes back',
    async (phase) => {
      const before = await pi.standing();
      const storePath = await system(phase === 'installing' ? 'slowBootLoader' : 'slowActivation');
      const healthChecks = [{ command: 'sleep 2', root: false }];
      const nobody = { confirmation: { ...ready.connection, host: '10.42.0.99' } };
      const deploying = await pi.start(
        { storePath, healthChecks, confirmTimeoutSeconds: 60 },
        phase === 'confirming' ? nobody : {},
      );
      await pi.phase(phase);
      await pi.tell('systemctl kill --signal=KILL pulumi-nixos-pi-deployment');
      const result = await deploying.result;
      expect(result).toMatchObject({ outcome: 'rolled-back' });
      expect(result.reason).toContain(`was ended while it was ${phase}`);
      expectBack(before, await pi.standing());
    },
  );

  test.each(['activating', 'confirming', 'installing'])(
    'the power is cut while %s: it boots the old system, and the next one goes on',
    async (phase) => {
      const before = await pi.standing();
      const storePath = await system(phase === 'installing' ? 'slowBootLoader' : 'slowActivation');
      const nobody = { confirmation: { ...ready.connection, host: '10.42.0.99' } };
      const deploying = await pi.start({ storePath, confirmTimeoutSeconds: 60 }, phase === 'confirming' ? nobody : {});
      await pi.phase(phase);
      await ready.pi.powerCut();
      await ready.pi.powerOn();
      expect(await deploying.result).toMatchObject({ outcome: 'interrupted', reason: expect.stringContaining(phase) });
      const after = await pi.standing();
      expect(after).toMatchObject({ current: before.current, boots: before.boots, sshd: 'active' });
      expect(await record()).toMatchObject({ storePath, phase, outcome: 'interrupted' });
      const next = await system('package');
      expect(await pi.deploy({ storePath: next })).toMatchObject({ outcome: 'activated' });
      expect(await pi.standing()).toMatchObject({ current: next, profile: next, boots: next, roots: '' });
    },
  );

  test('a second deployer is refused with the name of the first, and disturbs nothing', async () => {
    const storePath = await system('slowActivation');
    const first = await pi.start({ storePath });
    await pi.phase('activating');
    const second = await pi.deploy({ storePath: await system('failsUnit'), deployer: 'stack other, bob@laptop' });
    expect(second.outcome).toBe('refused');
    expect(second.reason).toMatch(/stack ready, ada@workstation, deploying \S+-nixos-system-\S+, since 20/);
    expect(await first.result).toMatchObject({ outcome: 'activated' });
    expect(await pi.standing()).toMatchObject({ current: storePath, profile: storePath, boots: storePath });
  });

  test('what runs is not what the deployer saw: refused', async () => {
    const before = await pi.standing();
    const result = await pi.deploy({ storePath: await system('package'), expectedSystem: ready.facts.storePath });
    expect(result).toMatchObject({ outcome: 'refused', reason: expect.stringContaining(`runs ${before.current} now`) });
    expectBack(before, await pi.standing());
  });

  test('a pre-switch check that refuses: nothing is changed', async () => {
    const before = await pi.standing();
    const result = await pi.deploy({ storePath: await system('inhibited') });
    expect(result).toMatchObject({ outcome: 'refused', code: 1, reason: expect.stringMatching(/pre-switch check/) });
    expect(result.log).toMatch(/thing : none -> another/);
    expectBack(before, await pi.standing());
  });

  test('goal test: it runs, and the profile and the boot loader stay', async () => {
    const before = await pi.standing();
    const storePath = await system('package');
    expect(await pi.deploy({ storePath, goal: 'test' })).toMatchObject({ outcome: 'tested' });
    expect(await pi.standing()).toEqual({ ...before, current: storePath });
    // Left unconfirmed for the boot: where that fails, the profile is what there is to go back to.
    const failing = [{ command: 'false', root: false }];
    const again = await pi.deploy({ storePath, healthChecks: failing, healthCheckTimeoutSeconds: 1 });
    expect(again).toMatchObject({ outcome: 'rolled-back' });
    expect(await pi.standing()).toEqual(before);
  });

  test('goal boot: it boots, and what runs stays; a boot loader that fails is taken back', async () => {
    const before = await pi.standing();
    const storePath = ready.facts.storePath;
    expect(await pi.deploy({ storePath: await system('failsBootLoader'), goal: 'boot' })).toMatchObject({
      outcome: 'rolled-back',
    });
    expectBack(before, await pi.standing());
    expect(await pi.deploy({ storePath, goal: 'boot' })).toMatchObject({ outcome: 'installed' });
    expect(await pi.standing()).toMatchObject({ current: before.current, profile: storePath, boots: storePath });
    expect(await pi.deploy({ storePath: before.current })).toMatchObject({ outcome: 'activated' });
  });

  test('a deployer who gives up: back at once', async () => {
    const before = await pi.standing();
    const nobody = { confirmation: { ...ready.connection, host: '10.42.0.99' } };
    const deploying = await pi.start({ storePath: await system('slowActivation'), confirmTimeoutSeconds: 600 }, nobody);
    await pi.phase('confirming');
    await deploying.cancel();
    expect((await deploying.result).error).toMatch(/abort/);
    await pi.phase('ended');
    expectBack(before, await pi.standing());
  });

  test('a Pi that moves is confirmed at its new address, and only there', async () => {
    const { place } = ready.pi;
    const storePath = await system('atAnotherAddress');
    expect(await pi.deploy({ storePath: await system('atAddress') })).toMatchObject({ outcome: 'activated' });
    const before = await pi.standing();
    const nobody = { confirmation: { ...ready.connection, host: '10.42.0.99' } };
    const elsewhere = await pi.deploy({ storePath, confirmTimeoutSeconds }, nobody);
    expect(elsewhere).toMatchObject({ outcome: 'rolled-back' });
    expectBack(before, await pi.standing());
    const there = { ...ready.connection, host: '10.42.0.177' };
    expect(await pi.deploy({ storePath }, { confirmation: there })).toMatchObject({ outcome: 'activated' });
    expect(await pi.standing()).toMatchObject({
      current: storePath,
      profile: storePath,
      boots: storePath,
      address: false,
    });
    const back = { current: there, confirmation: { ...there, host: place.address } };
    expect(await pi.deploy({ storePath: await system('atAddress') }, back)).toMatchObject({ outcome: 'activated' });
  });
});
