import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { builder as builderPlace, nas as nasPlace } from '../../lab/instance.ts';
import { Lab } from '../../lab/lab.ts';
import { startBuilder } from '../../lab/servers/builder.ts';
import { startPostgres } from '../../lab/servers/postgres.ts';
import { Server } from '../../lab/servers/server.ts';
import { requests, startWebServer, stopWebServer } from '../../lab/servers/web-server.ts';
import { workstationPath } from '../../lab/workstation/root.ts';
import { blankCardInReader } from './blank-card.ts';
import { fleetBlock } from './documented/fleet-block.ts';
import { askPi, eventually, tell } from './pi-facts.ts';
import { Project } from './project.ts';
import { secondMachine } from './second-machine.ts';
import { Workplace } from './workplace.ts';
import { workflowStep } from './workflow-step.ts';

jest.setTimeout(10 * 60_000);

/** 6 MB that cannot be compressed. */
const large = (name: string): string =>
  `(import <nixpkgs> { system = "aarch64-linux"; }).runCommand "large-${name}" { } "head -c 6000000 /dev/urandom > $out"`;

const names = ['cellar', 'garage', 'kitchen'];
/** In minutes: for what may wait for builds on a busy machine. */
const patience = 6;
const password = 'correct-horse';
const all = (value: string): Record<string, string> => Object.fromEntries(names.map((name) => [name, value]));

// The commands are those of docs/fleet.md, "More than one machine", word for word. In order: each step starts where the one
// before it ended.
describe('three Pis, and more than one machine', () => {
  const lab = Lab.open();
  const at = (name: string): string => path.join(lab.instance.directory, 'more-machines', name);
  let nas: Server;
  let builder: Server;
  /** The first machine, where the cards are. */
  let desk: Workplace;
  let runner: Workplace;

  beforeAll(async () => {
    await lab.up(names);
    for (const name of names) await blankCardInReader(lab, name);
    nas = await Server.make(lab, nasPlace);
    builder = await Server.make(lab, builderPlace);
    await startPostgres(nas);
    await startBuilder(lab, builder);
    await mkdir(at('state'), { recursive: true });
    const env = { PULUMI_BACKEND_URL: `file://${at('state')}` };
    const project = await Project.make(lab, 'more-machines/desk', 'other', env);
    await project.succeed('stack', 'rm', '--yes', 'other');
    desk = new Workplace(lab, project.directory, env);
    await desk.succeed('git init --quiet && git config user.name Ada && git config user.email ada@example.org');
    await copyFile(nas.path('/etc/ssl/server.pem'), path.join(desk.directory, 'nas.pem'));
    const config = workstationPath(lab.machine(), 'root/.config');
    await mkdir(config, { recursive: true });
    await copyFile(path.join(lab.instance.directory, 'passphrase'), path.join(config, 'nixos-pi-passphrase'));
    // Somebody has looked at the builder's screen.
    const hostKey = await readFile(builder.path('/etc/ssh/ssh_host_ed25519_key.pub'), 'utf8');
    await writeFile(workstationPath(lab.machine(), 'root/.ssh/known_hosts'), `builder.local ${hostKey}`);
  });

  afterAll(async () => {
    // Writes nix.conf anew, too.
    await lab.emulation(true);
    await rm(workstationPath(lab.machine(), 'etc/nix/machines'), { force: true });
    await Promise.all(names.map((name) => lab.pi(name).powerOff()));
  });

  async function newPi(name: string): Promise<void> {
    await desk.succeed(`npm run pi -- new ${name} --card ${lab.card(name).device}`);
    await desk.succeed(`pulumi config set --path 'cardAllow[0]' loop --stack ${name}`);
  }

  /** Changes what all of them run, and gives it to whoever else works on them. */
  async function merge(lines: string): Promise<void> {
    const file = path.join(desk.directory, 'hosts/common/default.nix');
    const mark = '  # What this test changes.\n';
    const [before = ''] = (await readFile(file, 'utf8')).replace(/\}\n$/, '').split(mark);
    await writeFile(file, `${before}${mark}${lines}\n}\n`);
    await desk.succeed('git add --all && git commit --quiet --message change');
    await runner.succeed('git pull --quiet');
  }

  const storePathOf = (name: string): Promise<string> => desk.succeed(`pulumi stack output storePath --stack ${name}`);

  const onAll = async (command: string): Promise<string[]> =>
    Promise.all(names.map((name) => eventually(() => tell(lab.pi(name), command), patience)));

  test('a stack that is there moves from files to Postgres', async () => {
    await newPi('kitchen');
    await desk.succeed(fleetBlock('run: move from'));
    await nas.run(['bash', '-euc', fleetBlock('run: postgres server')], { stdin: `${password}\n${password}\n` });
    await desk.enter(fleetBlock('run: postgres machine').replace('PASSWORD', password));
    await desk.succeed(fleetBlock('run: move to'));
    expect(await desk.standings()).toEqual({ kitchen: 'new' });
    for (const name of names.slice(0, 2)) await newPi(name);
    expect(await desk.standings()).toEqual(all('new'));
  });

  test('a remote builder builds all that they are provisioned with', async () => {
    await lab.emulation(false);
    await desk.succeed(fleetBlock('run: remote builder'));
    const { code, results, text } = await desk.fleet('up --flash --parallel 3');
    expect({ code, results, text: code === 0 ? '' : text }).toEqual({ code: 0, results: all('changed'), text: '' });
    const logs = await builder.run(['find', '/nix/var/log/nix/drvs', '-type', 'f']);
    expect(logs).toMatch(/-nixos-image-/);
    for (const name of names) {
      expect(logs).toMatch(new RegExp(`-nixos-system-${name}-`));
      await builder.run(['nix-store', '--check-validity', await storePathOf(name)]);
    }
  });

  test('a second machine has nothing to change about what the first one provisioned', async () => {
    await desk.succeed('git add --all && git commit --quiet --message provisioned');
    runner = await secondMachine(lab, at('runner'), desk.directory);
    await runner.enter(fleetBlock('run: postgres machine').replace('PASSWORD', password));
    expect(await runner.succeed('hostname; ls /dev/disk')).toBe('runner');
    expect(await runner.standings()).toEqual(all('current'));
    const { results, text } = await runner.fleet('preview');
    expect({ results, text }).toMatchObject({ results: all('unchanged') });
  });

  test('two at a time: one waits and says for whom, and each Pi is deployed to once', async () => {
    await merge(
      '  system.activationScripts.hold = "touch /dev/shm/held; while [ -e /dev/shm/hold ]; do sleep 0.1; done";',
    );
    const generations = await onAll('touch /dev/shm/hold; readlink /nix/var/nix/profiles/system');
    // Where memory is short, fewer than three at a time would be the default, and one of them never be held.
    const first = desk.fleet('up --parallel 3');
    const told: string[] = [];
    const second = onAll('test -e /dev/shm/held').then(() =>
      runner.type('npm run fleet -- up --parallel 3', { onLine: (line) => told.push(line) }),
    );
    const early = [first.then(({ text }) => text), second.then(({ stdout }) => stdout)].map(async (ending) => {
      throw new Error(`a run ended before the second one waited for all:\n${await ending}`);
    });
    for (const each of early) each.catch(() => undefined);
    try {
      await Promise.race([eventually(() => waiting(told), patience), ...early]);
    } finally {
      await onAll('rm /dev/shm/hold');
      await Promise.allSettled([first, second]);
    }
    expect(await first).toMatchObject({ code: 0, results: all('changed') });
    const late = await second;
    expect(late.stdout).toMatch(/kitchen +unchanged/);
    expect(late.code).toBe(0);
    const next = generations.map((link) => link.replace(/\d+/, (number) => String(Number(number) + 1)));
    expect(await onAll('readlink /nix/var/nix/profiles/system')).toEqual(next);
    expect(await desk.standings()).toEqual(all('current'));
    const locks = "select key from pulumi_state where key like '%/locks/%'";
    const asPostgres = ['sudo', '-u', 'postgres', 'psql', '--tuples-only', '--no-align', 'pulumi', '--command'];
    expect(await nas.run([...asPostgres, locks])).toBe('');
  });

  /** @throws until each stack's lock was waited for. */
  function waiting(told: readonly string[]): Promise<void> {
    for (const name of names) {
      const line = new RegExp(`^${name}: .*root@workstation \\(pid \\d+\\) since \\S+ works on this stack`);
      if (!told.some((each) => line.test(each))) throw new Error(`nobody waits for ${name}:\n${told.join('\n')}`);
    }
    return Promise.resolve();
  }

  test('the workflow of GitHub deploys what is merged, with the ssh agent only; one that is off has its turn later', async () => {
    await merge('  environment.etc.shelf.text = "merged";');
    const secrets = {
      PGPASSWORD: password,
      PULUMI_CONFIG_PASSPHRASE: await readFile(path.join(lab.instance.directory, 'passphrase'), 'utf8'),
      SSH_KEY: await readFile(path.join(lab.instance.directory, 'ssh/id_ed25519'), 'utf8'),
    };
    const job = (name: string, step: string): Promise<{ code: number; stdout: string; stderr: string }> => {
      const { env, script } = workflowStep('self-hosted.yml', name, step, secrets);
      return runner.with({ ...env, PULUMI_CONFIG_PASSPHRASE_FILE: '/none' }).type(script);
    };
    await rm(at('runner/.pgpass'));
    await rm(at('runner/.ssh'), { recursive: true });
    await lab.pi('garage').powerOff();
    const previewed = await job('preview', 'Preview');
    expect(previewed.stdout).toMatch(/kitchen +changed [^]*update NixosDeployment kitchen to \/nix\/store\//);
    const deployed = await job('deploy', 'Deploy');
    expect(deployed.stdout).toMatch(/kitchen +changed[^]*cellar +changed[^]*garage +pending/);
    expect(`${deployed.stdout}${deployed.stderr}`).not.toContain(secrets.PULUMI_CONFIG_PASSPHRASE.trim());
    expect(deployed.code).toBe(1);
    await lab.pi('garage').powerOn();
    await eventually(() => askPi(lab.pi('garage')));
    const { code, results } = await desk.fleet('up');
    expect([code, results]).toEqual([0, { ...all('unchanged'), garage: 'changed' }]);
  });

  describe('with a cache', () => {
    let lines: string;

    /** What one Pi got for a change of 6 MB: from the cache, and how much from anywhere. */
    async function deployLarge(content: string) {
      await merge(`${lines}\n  environment.etc.large.source = ${large(content)};`);
      const [before, known] = [await lab.bytesTowards('kitchen'), requests(nas).length];
      const said = await desk.succeed('npm run fleet -- up --only kitchen');
      expect(said).toMatch(/^kitchen +changed /m);
      expect((await askPi(lab.pi('kitchen'))).current).toBe(await storePathOf('kitchen'));
      const ofPi = requests(nas)
        .slice(known)
        .filter(({ client, method }) => client === lab.pi('kitchen').place.address && method === 'GET');
      return {
        said,
        asked: ofPi.filter(({ path: file, status }) => file.endsWith('.narinfo') && status === 200).length,
        fetched: ofPi.filter(({ path: file }) => file.startsWith('/nar/')).reduce((sum, { bytes }) => sum + bytes, 0),
        received: (await lab.bytesTowards('kitchen')) - before,
      };
    }

    test('each build is pushed, and the Pi gets it from there', async () => {
      const site = fleetBlock('file: nginx.conf').replace('192.168.1.10', '10.42.0.1');
      await startWebServer(nas, site, '/srv/nix-cache');
      const publicKey = await desk.succeed(fleetBlock('run: cache key'));
      await desk.succeed(fleetBlock('run: cache hook'));
      lines = fleetBlock('file: cache.nix').replace('nas.local-1:PUBLIC KEY', publicKey);
      lines += '  networking.hosts."10.42.0.2" = [ "nas.local" ];';
      await desk.succeed(fleetBlock('run: cache config'));
      await merge(lines);
      expect(await desk.fleet('up --only kitchen')).toMatchObject({ code: 0 });
      await desk.succeed(fleetBlock('run: cache push'));
      const { asked, fetched, received } = await deployLarge('signed');
      expect(asked).toBeGreaterThan(0);
      expect(fetched).toBeGreaterThan(6e6);
      expect(received - fetched).toBeLessThan(1.5e6);
    });

    test('what another key has signed is not taken from there, but sent', async () => {
      await desk.succeed('nix key generate-secret --key-name nas.local-1 | sudo tee /etc/nix/cache.secret > /dev/null');
      const { said, asked, fetched, received } = await deployLarge('forged');
      expect(said).toContain('kitchen.local takes nothing from http://nas.local that is not signed');
      expect(asked).toBeGreaterThan(0);
      expect(fetched).toBeLessThan(6e6);
      expect(received).toBeGreaterThan(6e6);
    });

    test('a cache that is off keeps nobody from building and deploying', async () => {
      await stopWebServer(nas);
      const { said, asked, received } = await deployLarge('offline');
      expect(said).toContain('kitchen.local cannot download from http://nas.local; what it lacks is sent from here.');
      expect(asked).toBe(0);
      expect(received).toBeGreaterThan(6e6);
    });
  });
});
