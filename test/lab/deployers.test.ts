import { beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { freeBytes, tell, tellAtTheConsole, whetherThere } from './pi-facts.ts';
import { holdIn, phaseNamed } from './phases.ts';
import { killProvider } from './provider-process.ts';
import { ReadyPi } from './ready-pi.ts';

jest.setTimeout(5 * 60_000);

describe('a Pi that is busy', () => {
  let ready: ReadyPi;

  beforeAll(async () => {
    ready = await ReadyPi.make();
  });

  beforeEach(() => ready.startOver());

  test('a second stack is refused with the name of the first, which ends what it began', async () => {
    const held = await holdIn(ready, phaseNamed('activation'));
    const other = await ready.otherStack('rival');
    const args = { connection: ready.connection, storePath: await ready.system('package'), adopt: true };
    await other.write('deployment.json', JSON.stringify(args));
    const { code, text } = await other.pulumi('up', '--yes', '--skip-preview');
    expect(text).toMatch(/Another deployment is under way: stack ready, /);
    expect(code).not.toBe(0);
    await held.phase.release(ready);
    expect(await held.ended).toMatchObject({ code: 0 });
    const current = held.storePath;
    expect(await ready.look()).toMatchObject({ current, profile: current, boots: current });
    expect(await other.recordedOrNone('NixosDeployment')).toBeUndefined();
  });

  test('the next up of a provider that was killed waits for the Pi to end what it began', async () => {
    const held = await holdIn(ready, phaseNamed('activation'));
    await killProvider(ready.project.directory);
    expect(await held.ended).not.toMatchObject({ code: 0 });
    await held.phase.release(ready);
    await ready.project.up();
    const current = held.storePath;
    expect(await ready.look()).toMatchObject({ current, profile: current, boots: current });
  });
});

describe('a card that fills up', () => {
  test('during the copy: what ran goes on running, and the next up succeeds when there is room', async () => {
    const ready = await ReadyPi.make();
    await ready.startOver();
    const before = await ready.look();
    const held = await holdIn(ready, phaseNamed('copy'));
    await tell(ready.pi, `sudo fallocate -l $(${freeBytes}) /filler; sudo sh -c 'cat /dev/zero > /rest' || true`);
    await held.phase.release(ready);
    const { code, text } = await held.ended;
    expect(text).toMatch(/no space left on device/i);
    expect(code).not.toBe(0);
    expect(await ready.look()).toEqual(before);
    expect(await ready.state()).toMatchObject({ storePath: before.current });
    await tell(ready.pi, 'sudo rm /filler /rest');
    await ready.project.up();
    expect(await ready.look()).toMatchObject({ current: held.storePath, boots: held.storePath });
  });
});

describe('a card that is full', () => {
  test('where old generations may go they make room, before anything is copied', async () => {
    const ready = await ReadyPi.make();
    await ready.startOver();
    const [large, system] = [await ready.system('large'), await ready.system('package')];
    for (const storePath of [large, ready.facts.storePath]) {
      await ready.want({ storePath });
      await ready.project.up();
    }
    await tell(ready.pi, `sudo fallocate -l $(($(${freeBytes}) - ${String(30 * 1024 ** 2)})) /filler`);
    await ready.want({ storePath: system });
    expect((await ready.project.pulumi('up', '--yes', '--skip-preview')).text).toMatch(/too little room/);
    await ready.want({ storePath: system, keepGenerations: 2 });
    expect(await ready.project.up()).toMatch(/old generations? will be deleted before the new system is copied/);
    expect(await ready.look()).toMatchObject({ current: system, profile: system, boots: system });
    expect(await tellAtTheConsole(ready.pi, whetherThere(large))).toBe('absent');
    await tell(ready.pi, 'sudo rm /filler');
  });
});

describe('a card that lost its power', () => {
  test('a file that is empty since then, of a path that Nix takes for valid, comes anew', async () => {
    const ready = await ReadyPi.make();
    await ready.startOver();
    const system = await ready.system('package');
    await ready.copyByHand(system);
    expect((await ready.pi.console(['truncate', '-s', '0', `${system}/bin/switch-to-configuration`])).code).toBe(0);
    await ready.want({ storePath: system });
    expect(await ready.project.up()).toMatch(/has damaged store paths/);
    expect(await ready.look()).toMatchObject({ current: system, profile: system, boots: system });
  });
});
