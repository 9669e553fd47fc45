import { beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { consoleLog } from '../../lab/pi/power.ts';
import { ReadyPi } from './ready-pi.ts';

jest.setTimeout(5 * 60_000);

describe('a deployment that reboots', () => {
  let ready: ReadyPi;
  let old: string;

  beforeAll(async () => {
    ready = await ReadyPi.make();
    old = ready.facts.storePath;
  });

  beforeEach(() => ready.startOver());

  test.each([
    { goal: 'switch', reboot: 'whenNeeded' },
    { goal: 'boot', reboot: 'whenNeeded' },
  ])('for another kernel command line: once, and proven (goal $goal)', async ({ goal, reboot }) => {
    const system = await ready.system('otherKernelParameters');
    const before = await boots();
    await ready.want({ storePath: system, goal, reboot });
    await ready.project.up();
    expect(await boots()).toBe(before + 1);
    const found = await ready.look();
    expect(found).toMatchObject({ current: system, profile: system, boots: system });
    expect(await ready.state()).toMatchObject({
      storePath: system,
      bootStorePath: system,
      bootId: found.bootId,
      rebootNeeded: false,
    });
    expect(await ready.project.changes()).toEqual([]);
  });

  test('not where none is needed', async () => {
    const before = await boots();
    await ready.want({ storePath: await ready.system('package'), reboot: 'whenNeeded' });
    await ready.project.up();
    expect(await boots()).toBe(before);
  });

  test('the goal boot without a reboot changes what boots, not what runs', async () => {
    const system = await ready.system('package');
    await ready.want({ storePath: system, goal: 'boot' });
    await ready.project.up();
    expect(await ready.look()).toMatchObject({ current: old, profile: system, boots: system });
    expect(await ready.project.changes()).toEqual([]);
  });

  test('the goal test is gone after a reboot', async () => {
    const system = await ready.system('package');
    await ready.want({ storePath: system, goal: 'test' });
    await ready.project.up();
    expect(await ready.look()).toMatchObject({ current: system, profile: old, boots: old });
  });

  test('a generation that comes up and cannot be reached: the Pi boots the one before, by itself', async () => {
    await ready.want({
      storePath: await ready.system('withoutSshdAfterBoot'),
      goal: 'boot',
      reboot: 'whenNeeded',
      confirmTimeoutSeconds: 20,
    });
    const { code, text } = await ready.project.pulumi('up', '--yes', '--skip-preview');
    expect(text).toContain(old);
    expect(code).not.toBe(0);
    expect(await ready.look()).toMatchObject({ current: old, profile: old, boots: old });
    expect(await ready.state()).toMatchObject({ storePath: old, bootStorePath: old });
  });

  test('a generation that never comes up is reported as such, with what the Pi boots', async () => {
    const system = await ready.system('hangsAtBoot');
    await ready.want({
      storePath: system,
      goal: 'boot',
      reboot: 'always',
      rebootTimeoutSeconds: 15,
      connectTimeoutSeconds: 5,
    });
    const { code, text } = await ready.project.pulumi('up', '--yes', '--skip-preview');
    expect(text).toMatch(/did not come (up|back)/);
    expect(text).toContain(system);
    expect(code).not.toBe(0);
  });

  async function boots(): Promise<number> {
    return (await readFile(consoleLog(ready.pi.place), 'utf8')).split('power on').length - 1;
  }
});
