import { beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { freeBytes, tell, tellAtTheConsole, whetherThere } from './pi-facts.ts';
import type { Project } from './project.ts';
import { ReadyPi } from './ready-pi.ts';

jest.setTimeout(5 * 60_000);

const otherHostKey = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIE0000000000000000000000000000000000000000000';

/** Accepts connections for a while, and says nothing. */
const silentServer = 'require("net").createServer().listen(2222, "10.42.0.1"); setTimeout(() => process.exit(), 25000)';

describe('a deployment that is refused touches nothing', () => {
  let ready: ReadyPi;
  /** A stack that has not deployed yet: it knows no other way to the Pi. */
  let stranger: Project;

  beforeAll(async () => {
    ready = await ReadyPi.make();
    stranger = await ready.otherStack('stranger');
  });

  beforeEach(() => ready.startOver());

  test.each([
    { why: 'another host key', connection: { hostKey: otherHostKey }, says: /host key/i },
    { why: 'nobody at the address', connection: { host: '10.42.0.99' }, says: /10\.42\.0\.99/ },
    { why: 'a name that nobody has', connection: { host: 'nobody.invalid' }, says: /nobody\.invalid/ },
    { why: 'nobody at the port', connection: { port: 23 }, says: /nothing listens on its port 23/ },
    { why: 'another login', connection: { user: 'nobody' }, says: /nobody/ },
    { why: 'another machine', args: { machineId: '0'.repeat(32) }, says: /is another machine than this stack's/ },
  ])('$why', async ({ connection, args, says }) => {
    await isRefused(stranger, { connection: { ...ready.connection, ...connection }, adopt: true, ...args }, says);
  });

  test('a machine that accepts connections and says nothing', async () => {
    const server = ready.lab.exec(['node', '-e', silentServer]);
    await isRefused(stranger, { connection: { ...ready.connection, host: '10.42.0.1', port: 2222 } }, /10\.42\.0\.1/);
    await server;
  });

  test('a password for sudo that is missing, or wrong', async () => {
    const storePath = await ready.system('asksForKnownPassword');
    await ready.want({ storePath, sudoPassword: 'correct-horse' });
    await ready.project.up();
    expect(await ready.look()).toMatchObject({ current: storePath, profile: storePath, boots: storePath });
    await isRefused(ready.project, {}, /asks pi for a password, and none is configured/);
    await isRefused(ready.project, { sudoPassword: 'wrong-horse' }, /sudo password for pi on \S+ is wrong/);
  });

  test('no room for it on the card', async () => {
    await tell(ready.pi, `sudo fallocate -l $(($(${freeBytes}) - 4000000)) /filler`);
    const storePath = await ready.system('large');
    await isRefused(ready.project, { storePath }, /free/i);
    expect(await tellAtTheConsole(ready.pi, whetherThere(storePath))).toBe('absent');
    await tell(ready.pi, 'sudo rm /filler');
  });

  test('a generation that someone made by hand, until it is adopted', async () => {
    const byHand = await ready.system('byHand');
    await ready.copyByHand(byHand);
    const profile = '/nix/var/nix/profiles/system';
    await tell(
      ready.pi,
      `sudo nix-env -p ${profile} --set ${byHand} && sudo ${byHand}/bin/switch-to-configuration switch`,
    );
    expect(await ready.look()).toMatchObject({ current: byHand, profile: byHand, boots: byHand });
    await isRefused(ready.project, {}, /which this stack did not deploy[\s\S]*`adopt: true`/);

    const system = await ready.system('package');
    await ready.want({ storePath: system, adopt: true });
    await ready.project.up();
    expect(await ready.look()).toMatchObject({ current: system, profile: system, boots: system });
  });

  async function isRefused(project: Project, args: Record<string, unknown>, says: RegExp): Promise<void> {
    await ready.want({ storePath: await ready.system('package'), connectTimeoutSeconds: 8, ...args }, project);
    const before = { ...(await ready.look()), ...(await traces(project)) };
    const { code, text } = await project.pulumi('up', '--yes', '--skip-preview');
    expect(text).toMatch(says);
    expect(code).not.toBe(0);
    expect({ ...(await ready.look()), ...(await traces(project)) }).toEqual(before);
  }

  /** What a deployment would leave on the Pi and in the state. */
  async function traces(project: Project) {
    const generations = 'ls -d /nix/var/nix/profiles/system* | xargs readlink';
    const record = `find /var/lib/pulumi-nixos-pi -printf '%p %T@\\n' | sort`;
    const files = await tellAtTheConsole(ready.pi, `${generations}; ${record}`);
    const recorded = await project.recordedOrNone('NixosDeployment');
    return { files, recorded: [recorded?.['storePath'], recorded?.['bootStorePath']] };
  }
});
