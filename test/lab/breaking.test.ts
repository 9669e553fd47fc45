import { beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { askAtTheConsole, eventually } from './pi-facts.ts';
import { ReadyPi } from './ready-pi.ts';

jest.setTimeout(5 * 60_000);

/** The Pi soon gives up waiting: nobody can confirm. */
const soon = { confirmTimeoutSeconds: 6 };
const nobodyCame = /nobody reached the Pi over a new connection/i;

describe('a configuration that breaks something', () => {
  let ready: ReadyPi;

  beforeAll(async () => {
    ready = await ReadyPi.make();
  });

  beforeEach(() => ready.startOver());

  test.each([
    { breaks: 'sshd: it is off', variant: 'withoutSshd', args: soon, says: nobodyCame },
    { breaks: 'sshd: it listens where nothing is', variant: 'sshdElsewhere', args: soon, says: nobodyCame },
    { breaks: 'the login: its key is gone', variant: 'withoutKeys', args: soon, says: nobodyCame },
    {
      breaks: 'sudo: it asks for a password',
      variant: 'asksForPassword',
      says: /asks pi for a password, and none is configured/,
    },
    {
      breaks: 'the network: the Pi gives itself a dead address',
      variant: 'atDeadAddress',
      args: soon,
      says: nobodyCame,
    },
    {
      breaks: 'the activation',
      variant: 'failsActivation',
      says: /activation script failed[\s\S]*this activation is doomed/,
    },
    {
      breaks: 'a unit, where that is not accepted',
      variant: 'failsUnit',
      args: { rollbackOnFailedUnits: true },
      says: /doomed\.service[\s\S]*this unit is doomed/,
    },
    {
      breaks: 'a health check',
      variant: 'package',
      args: { healthChecks: ['htop --version', 'echo this check is doomed; false'], healthCheckTimeoutSeconds: 3 },
      says: /health check failed for 3 s[\s\S]*this check is doomed/,
    },
    { breaks: 'what must not change in a running system', variant: 'forbidsSwitch', says: /set `goal` to `boot`/ },
  ])('$breaks: the Pi is where it was, and says why', async ({ variant, says, args }) => {
    await ready.want({ storePath: await ready.system(variant), ...args });
    const { code, text } = await ready.project.pulumi('up', '--yes', '--skip-preview');
    expect(text).toMatch(says);
    expect(code).not.toBe(0);
    const old = ready.facts.storePath;
    expect(await ready.look()).toMatchObject({ current: old, profile: old, boots: old });
    expect(await ready.state()).toMatchObject({ storePath: old, bootStorePath: old });
  });

  test('the network, which the Pi had given itself: it gives itself the old address again, without a reboot', async () => {
    const own = await ready.system('atSameAddress');
    await ready.want({ storePath: own });
    await ready.project.up();
    const before = await ready.look();
    await ready.want({ storePath: await ready.system('atDeadAddress'), ...soon });
    const { code, text } = await ready.project.pulumi('up', '--yes', '--skip-preview');
    expect(text).toMatch(nobodyCame);
    expect(code).not.toBe(0);
    expect(before).toMatchObject({ current: own, profile: own, boots: own });
    expect(await ready.look()).toEqual(before);
  });

  test('a unit that fails is reported with its journal, and the system is kept', async () => {
    const system = await ready.system('failsUnit');
    await ready.want({ storePath: system });
    expect(await ready.project.up()).toMatch(/doomed\.service[\s\S]*this unit is doomed/);
    expect(await ready.look()).toMatchObject({ current: system, profile: system, boots: system });
  });

  test('a change of address is confirmed at the new one', async () => {
    const system = await ready.system('atNextAddress');
    const connection = { ...ready.connection, host: '10.42.0.111' };
    await ready.want({ storePath: system, connection });
    await ready.project.up();
    expect(await askAtTheConsole(ready.pi)).toMatchObject({ current: system, profile: system, boots: system });
    expect(await ready.state()).toMatchObject({ storePath: system, connection });
  });

  test('a change of address that does not lead to the Pi is taken back', async () => {
    const connection = { ...ready.connection, host: '10.42.0.112' };
    await ready.want({
      storePath: await ready.system('atNextAddress'),
      connection,
      connectTimeoutSeconds: 15,
      ...soon,
    });
    const { code, text } = await ready.project.pulumi('up', '--yes', '--skip-preview');
    expect(text).toMatch(nobodyCame);
    expect(code).not.toBe(0);
    const old = ready.facts.storePath;
    await eventually(async () => {
      expect(await ready.look()).toMatchObject({ current: old, profile: old, boots: old });
    });
    expect(await ready.state()).toMatchObject({ storePath: old, connection: ready.connection });
  });
});
