import { beforeAll, describe, expect, jest, test } from '@jest/globals';
import { ReadyPi } from './ready-pi.ts';

jest.setTimeout(5 * 60_000);

// One Pi's life, in order: each step deploys something else than the one before.
describe('where a system comes from', () => {
  let ready: ReadyPi;

  beforeAll(async () => {
    ready = await ReadyPi.make();
    await ready.startOver();
  });

  test.each([
    { where: 'on the workstation', buildOn: () => Promise.resolve('workstation'), isHere: true },
    { where: 'on the Pi', buildOn: () => Promise.resolve('target'), isHere: false },
    { where: 'on a build host', buildOn: async () => (await ready.another('builder')).connection, isHere: false },
  ])('a system is built $where: it is the one that was planned', async ({ buildOn, isHere }) => {
    await ready.project.write('salt', String(Date.now()));
    await ready.want({ configuration: await ready.configuration('salted'), buildOn: await buildOn() });
    const planned = await ready.evaluate('salted.nix');
    await ready.project.up();
    expect(await ready.look()).toMatchObject({ current: planned, profile: planned, boots: planned });
    const valid = await ready.lab.exec(['nix-store', '--check-validity', planned]);
    expect(valid.code === 0).toBe(isHere);
  });

  test('a given system is deployed, and a recorded one gone back to', async () => {
    const { storePath: recorded } = await ready.state();
    const given = await ready.system('byHand');
    for (const storePath of [given, String(recorded)]) {
      await ready.want({ storePath });
      await ready.project.up();
      expect(await ready.look()).toMatchObject({ current: storePath, profile: storePath, boots: storePath });
      expect(await ready.project.changes()).toEqual([]);
    }
  });

  test('a user whom Nix does not trust is no obstacle where sudo is allowed', async () => {
    for (const variant of ['untrusted', 'package']) {
      const storePath = await ready.system(variant);
      await ready.want({ storePath });
      await ready.project.up();
      expect(await ready.look()).toMatchObject({ current: storePath, profile: storePath, boots: storePath });
    }
  });
});
