import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, describe, expect, jest, test } from '@jest/globals';
import { z } from 'zod';
import { Lab } from '../../lab/lab.ts';
import { eventually, tell } from './pi-facts.ts';
import { Project } from './project.ts';

jest.setTimeout(10 * 60_000);

const names = ['east', 'north', 'west'];

const outcomes = z.array(
  z.object({ stack: z.string(), result: z.string(), changes: z.array(z.string()), reason: z.string().optional() }),
);
const statuses = z.array(z.object({ stack: z.string(), standing: z.string(), rebootNeeded: z.boolean().optional() }));

// A shelf of Pis, in order: each step starts where the one before it ended.
describe('three Pis of one checkout', () => {
  const lab = Lab.open();
  let project: Project;

  beforeAll(async () => {
    await lab.up(names);
    const backend = path.join(lab.instance.directory, 'fleet-state');
    await lab.exec(['rm', '-rf', backend]);
    await lab.exec(['mkdir', backend]);
    project = await Project.make(lab, 'fleet', 'other', { PULUMI_BACKEND_URL: `file://${backend}` });
    await project.succeed('stack', 'rm', '--yes', 'other');
  });

  const command = (name: string, ...args: string[]) =>
    lab.exec(['node', `commands/${name}/main.ts`, ...args], { cwd: project.directory, env: project.env });

  /** What a command for the fleet says of each stack. */
  async function fleet(...args: string[]): Promise<{ code: number; results: Record<string, string>; text: string }> {
    const { code, stdout, stderr } = await command('fleet', ...args, '--json');
    const text = `${stdout}\n${stderr}`;
    const found = outcomes.safeParse(parsed(stdout)).data ?? [];
    return { code, results: Object.fromEntries(found.map(({ stack, result }) => [stack, result])), text };
  }

  async function standings(): Promise<Record<string, string>> {
    const { stdout } = await command('fleet', 'status', '--json');
    return Object.fromEntries(statuses.parse(parsed(stdout)).map(({ stack, standing }) => [stack, standing]));
  }

  const all = (value: string): Record<string, string> => Object.fromEntries(names.map((name) => [name, value]));

  /** Changes what all of them run. */
  async function changeCommon(text: string): Promise<void> {
    const file = path.join(project.directory, 'hosts/common/default.nix');
    const before = await readFile(file, 'utf8');
    const changed = before.replace(
      /(\n {2}environment\.etc\.shelf\.text = .*)?\n\}\n$/,
      `\n  environment.etc.shelf.text = "${text}";\n}\n`,
    );
    await writeFile(file, changed);
  }

  test('are made with one command each, which refuses what is there', async () => {
    for (const name of names) {
      const { code, stdout, stderr } = await command('pi', 'new', name, '--card', lab.card(name).device);
      expect([code, stderr]).toEqual([0, `Created stack '${name}'`]);
      expect(stdout).toContain(`pulumi up --stack ${name}`);
      await project.succeed('config', 'set', '--path', 'cardAllow[0]', 'loop', '--stack', name);
    }
    const again = await command('pi', 'new', 'north');
    expect([again.code, again.stderr]).toEqual([1, expect.stringContaining('hosts/north is there already')]);
    expect(await standings()).toEqual(all('new'));
  });

  test('are not flashed unasked, and nothing is built for it', async () => {
    const { code, results } = await fleet('up', '--only', 'north');
    expect([code, results]).toEqual([1, { north: 'pending' }]);
    expect(await project.run('pulumi', 'stack', 'export', '--stack', 'north')).not.toContain('SdImage');
  });

  test('are provisioned side by side', async () => {
    const { code, results, text } = await fleet('up', '--flash', '--parallel', '3');
    expect({ code, results, text: code === 0 ? '' : text }).toEqual({ code: 0, results: all('changed'), text: '' });
    // Said at once, not only in the summary: it would wait for the Pis in vain.
    for (const name of names)
      expect(text).toMatch(new RegExp(`^${name}: Put the card into the Pi and switch it on: `, 'm'));
    expect(await standings()).toEqual(all('current'));
  });

  test('are pending when what they share has changed, and the preview says so of each', async () => {
    await changeCommon('one');
    const { code, results } = await fleet('preview');
    expect([code, results]).toEqual([0, all('changed')]);
    expect(await standings()).toEqual(all('pending'));
  });

  test('are deployed to canary first; one that does not answer is pending, and holds up nobody', async () => {
    await lab.pi('west').powerOff();
    const { code, results } = await fleet('up', '--canary', 'north');
    expect([code, results]).toEqual([1, { north: 'changed', east: 'changed', west: 'pending' }]);
    expect(await standings()).toEqual({ north: 'current', east: 'current', west: 'offline' });
    await lab.pi('west').powerOn();
    // Until it has started, it is as pending as before.
    await eventually(() => tell(lab.pi('west'), 'true'));
    const later = await fleet('up');
    expect([later.code, later.results]).toEqual([0, { north: 'unchanged', east: 'unchanged', west: 'changed' }]);
    expect(await standings()).toEqual(all('current'));
  });

  test('are left alone when the canary goes back, and the summary says why', async () => {
    await project.succeed('config', 'set', '--path', 'healthChecks[0]', 'test -e /none', '--stack', 'north');
    await project.succeed('config', 'set', 'healthCheckTimeoutSeconds', '3', '--stack', 'north');
    await changeCommon('two');
    const { code, results, text } = await fleet('up', '--canary', 'north');
    expect([code, results]).toEqual([1, { north: 'failed', east: 'held back', west: 'held back' }]);
    expect(text).toMatch(/went back to/);
    expect(text).toContain('not begun, because of north');
    await project.succeed('config', 'rm', '--path', 'healthChecks[0]', '--stack', 'north');
  });

  test('leave selected the stack that their owner has selected', async () => {
    await project.succeed('stack', 'select', 'east');
    await fleet('preview', '--only', 'n*');
    expect((await project.succeed('stack', '--show-name')).trim()).toBe('east');
  });

  test('are joined by one that runs already, known by its host key', async () => {
    const stranger = await command('pi', 'adopt', 'cellar', '--host', 'west.local');
    expect([stranger.code, stranger.stderr]).toEqual([1, expect.stringContaining('is not known on this machine')]);
    const hostKey = await project.run('pulumi', 'stack', 'output', 'hostPublicKey', '--stack', 'west');
    const { code, stderr } = await command('pi', 'adopt', 'cellar', '--host', 'west.local', '--host-key', hostKey);
    expect([code, stderr]).toEqual([0, "Created stack 'cellar'"]);
    const { results } = await fleet('up', '--only', 'cellar');
    expect(results).toEqual({ cellar: 'changed' });
    // It was another stack's, which sees that.
    expect(await standings()).toMatchObject({ cellar: 'current', west: 'drifted' });
  });
});

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
