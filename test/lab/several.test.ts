import { beforeAll, describe, expect, jest, test } from '@jest/globals';
import { Lab } from '../../lab/lab.ts';
import { askPi, eventually } from './pi-facts.ts';
import { Project } from './project.ts';
import { ReadyPi } from './ready-pi.ts';

jest.setTimeout(10 * 60_000);

/** Two Pis that run already, in one program. */
const twoPis = (second: string): string => `
import { readFileSync } from 'node:fs';
import { RaspberryPi } from './components/raspberry-pi.ts';

const { hosts, hostKey } = JSON.parse(readFileSync('pis.json', 'utf8'));
const configuration = 'first.nix';
const first = new RaspberryPi('first', { host: hosts[0], user: 'pi', hostKey, configuration, deployment: { adopt: true } });
const second = new RaspberryPi(
  '${second}',
  { host: hosts[1], user: 'pi', hostKey, configuration, deployment: { adopt: true } },
  { aliases: [{ name: 'second' }] },
);
export const kernels = [first.kernel, second.kernel];
export const storePaths = [first.storePath, second.storePath];
`;

/** An image for a card that is written elsewhere, and then the whole Pi. */
const cardOnly = `
import { RaspberryPiCard } from './components/raspberry-pi-card.ts';

export const { image } = new RaspberryPiCard('kitchen', { image: 'hosts/lab/sd-card.nix' });
`;

const wholePi = `
import { RaspberryPiCard } from './components/raspberry-pi-card.ts';
import { RaspberryPi } from './components/raspberry-pi.ts';

export const { storePath } = new RaspberryPi(
  'kitchen',
  {
    host: 'kitchen.local',
    image: 'hosts/lab/sd-card.nix',
    configuration: 'hosts/lab/configuration.nix',
    hardwareConfiguration: { path: 'hosts/lab/hardware-configuration.nix' },
    card: { device: process.env.CARD_DEVICE!, allow: ['loop'] },
  },
  { aliases: [{ type: RaspberryPiCard.type }] },
);
`;

describe('several Pis in one program', () => {
  let ready: ReadyPi;
  let project: Project;

  beforeAll(async () => {
    ready = await ReadyPi.make();
    await ready.startOver();
    const other = await ready.another('beside');
    project = await Project.make(ready.lab, 'several', 'several');
    const hosts = [ready.connection.host, other.connection.host];
    await project.write('pis.json', JSON.stringify({ hosts, hostKey: ready.connection.hostKey }));
    await project.write('variants.nix', await ready.project.run('cat', 'variants.nix'));
    const hardware = 'hosts/lab/hardware-configuration.nix';
    await project.write(hardware, `${await ready.project.run('cat', hardware)}\n`);
    const modules = './hosts/lab/configuration.nix (import ./variants.nix).package';
    await project.write('first.nix', `{ imports = [ ${modules} ]; }\n`);
    await project.write('index.ts', twoPis('second'));
  });

  test('are deployed by one `pulumi up`, and each is a branch of the tree', async () => {
    await project.up();
    const outputs = JSON.parse(await project.run('pulumi', 'stack', 'output', '--json')) as { storePaths: string[] };
    const running = await Promise.all([ready.pi, ready.lab.pi('beside')].map(async (pi) => (await askPi(pi)).current));
    expect(running).toEqual(outputs.storePaths);
    expect(running[0]).not.toBe(ready.facts.storePath);
    const deployments = (await project.state()).filter(({ type }) => type.endsWith(':NixosDeployment'));
    expect(deployments.map(({ urn }) => urn.replace(/^.*RaspberryPi\$/, '')).sort()).toEqual([
      'pulumi-nodejs:dynamic/nixos-pi:NixosDeployment::first',
      'pulumi-nodejs:dynamic/nixos-pi:NixosDeployment::second',
    ]);
    expect(await project.changes()).toEqual([]);
  });

  test('do not wait for each other in the fleet: one that does not answer is left out, and pending', async () => {
    const fleet = async (...args: string[]) => {
      const argv = ['node', 'commands/fleet/main.ts', ...args, '--json'];
      const { code, stdout } = await ready.lab.exec(argv, { cwd: project.directory, env: project.env });
      return { code, found: JSON.parse(stdout) as Record<string, unknown>[] };
    };
    const runs = async (name?: string) => (await askPi(name === undefined ? ready.pi : ready.lab.pi(name))).current;
    const before = await runs('beside');
    await project.edit('first.nix', (text) => text.replace('.package', '.first'));
    await ready.lab.link('beside', 'down');
    const up = await fleet('up', '--only', 'several');
    expect(up.code).toBe(1);
    expect(up.found).toMatchObject([
      { result: 'pending', reason: expect.stringMatching(/^second: .*cannot be reached/) },
    ]);
    const first = await runs();
    expect(first).not.toBe(before);
    const { found } = await fleet('status', '--only', 'several');
    expect(found).toMatchObject([
      { name: 'first', standing: 'current', running: first },
      { name: 'second', standing: 'offline', recorded: before },
    ]);
    await ready.lab.link('beside', 'up');
    await eventually(() => askPi(ready.lab.pi('beside')));
    expect(await fleet('up', '--only', 'several')).toMatchObject({ code: 0, found: [{ result: 'changed' }] });
    expect(await runs('beside')).not.toBe(before);
    expect((await fleet('preview', '--only', 'several', '--expect-no-changes')).code).toBe(0);
  });

  test('may be renamed: with an alias nothing is deployed', async () => {
    await project.write('index.ts', twoPis('other'));
    expect(await project.changes()).toEqual([]);
  });
});

test('an image alone becomes a whole Pi, and is not built again', async () => {
  const lab = Lab.open();
  await lab.up(['whole']);
  const project = await Project.make(lab, 'card', 'card', { CARD_DEVICE: lab.card('whole').device });
  await project.write('index.ts', cardOnly);
  await project.up();
  const { storePath } = await project.recorded('SdImage');
  await project.write('index.ts', wholePi);
  const changes = await project.changes();
  expect(changes.map(({ op, resource }) => `${op} ${resource}`).sort()).toEqual([
    'create FlashedCard',
    'create HardwareConfig',
    'create NixosDeployment',
  ]);
  expect((await project.recorded('SdImage'))['storePath']).toBe(storePath);
});
