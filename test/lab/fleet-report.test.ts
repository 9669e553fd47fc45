import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { z } from 'zod';
import type { Lab } from '../../lab/lab.ts';
import { formatBytes } from '../../provider/values/byte-count.ts';
import { inaccessible, openFile, type OpenPage, startBrowser } from './browser.ts';
import { tell } from './pi-facts.ts';
import { Project } from './project.ts';
import { ReadyPi } from './ready-pi.ts';

jest.setTimeout(15 * 60_000);

/** A stack has as many Pis as it likes: here it reads which. */
const program = `
import { readFileSync } from 'node:fs';
import { getStack, secret } from '@pulumi/pulumi';
import { NixosDeployment } from './provider/resources/index.ts';

const stacks = JSON.parse(readFileSync('shelf.json', 'utf8'));
for (const [name, args] of Object.entries(stacks[getStack()] ?? {}))
  new NixosDeployment(name, { ...args, sudoPassword: secret('correct-horse') });
`;

/** The Pis by their stacks. */
const shelf: Readonly<Record<string, readonly string[]>> = {
  attic: ['attic'],
  cellar: [],
  kitchen: ['kitchen'],
  workshop: ['lathe', 'press'],
};
const stacks = Object.keys(shelf);
const pis = Object.values(shelf).flat();
const deployed = '{attic,kitchen,workshop}';

/** The folder of `npm run record:report`; default: the project's, which goes with its lab. */
const screenshots = process.env['NIXOS_PI_SCREENSHOTS'];

const wifiPassword = 'battery-staple';
const hostile = `<script>document.title = 'hacked'</script><img src=x onerror="document.title = 'hacked'">`;
const updates = z.array(z.object({ message: z.string(), result: z.string(), startTime: z.string() }));

describe('the report of a fleet', () => {
  let lab: Lab;
  let ready: ReadyPi;
  let project: Project;
  let browser: Browser;
  let file: string;
  let wide: OpenPage;
  let printed: string;

  beforeAll(async () => {
    [ready, browser] = await Promise.all([ReadyPi.make(), startBrowser()]);
    lab = ready.lab;
    await makeProject();
    const connections = await makePis();
    await deploy(connections);
    await disturb();
    file = path.join(project.directory, 'report.html');
    printed = await project.run('node', 'commands/fleet/main.ts', 'report', '--out', 'report.html');
    wide = await openFile(browser, file, { viewport: { width: 1200, height: 1400 }, colorScheme: 'light' });
  });

  afterAll(async () => {
    await browser.close();
    for (const name of pis) await lab.pi(name).powerOff();
  });

  async function makeProject(): Promise<void> {
    const backend = path.join(lab.instance.directory, 'shelf-state');
    await lab.exec(['rm', '-rf', backend]);
    await lab.exec(['mkdir', backend]);
    project = await Project.make(lab, 'shelf', stacks[0], { PULUMI_BACKEND_URL: `file://${backend}` });
    await project.edit('Pulumi.yaml', (text) => text.slice(0, text.indexOf('\nconfig:') + 1));
    await project.write('index.ts', program);
    for (const stack of stacks.slice(1)) await project.succeed('stack', 'init', stack, '--no-select');
    for (const stack of stacks)
      await project.succeed('config', 'set', '--stack', stack, '--secret', 'wifiPassword', wifiPassword);
    const hardware = await readFile(path.join(ready.project.directory, 'hosts/lab/hardware-configuration.nix'), 'utf8');
    await project.write('hosts/lab/hardware-configuration.nix', hardware);
  }

  async function makePis(): Promise<Record<string, ReadyPi['connection']>> {
    const made: Record<string, ReadyPi['connection']> = {};
    for (const name of pis) made[name] = { ...(await ready.another(name)).connection, host: `${name}.local` };
    await ready.pi.powerOff();
    return made;
  }

  /** What a Pi's configuration has beside the usual. */
  async function configure(name: string, programs: readonly string[], more = ''): Promise<void> {
    const megabytes = 3 * programs.length + 2 * pis.indexOf(name);
    const packages = programs.map((each) => `pkgs.${each}`).join(' ');
    await project.write(
      `${name}.nix`,
      `{ pkgs, lib, ... }: {
  imports = [ ./hosts/lab/configuration.nix ];
  networking.hostName = lib.mkForce "${name}";
  environment.systemPackages = [ ${packages} ];
  environment.etc.data.source = pkgs.runCommand "data" { } "head -c ${String(megabytes)}000000 /dev/zero > $out";
  ${more}
}\n`,
    );
  }

  const fleet = (...args: string[]) =>
    lab.exec(['node', 'commands/fleet/main.ts', ...args], { cwd: project.directory, env: project.env });

  async function fleetUp(...args: string[]): Promise<void> {
    const { code, stdout, stderr } = await fleet('up', ...args);
    if (code !== 0) throw new Error(`${stdout}\n${stderr}`);
  }

  async function deploy(connections: Readonly<Record<string, ReadyPi['connection']>>): Promise<void> {
    const args = (name: string) => ({
      ...{ connection: connections[name], configuration: `${name}.nix`, adopt: true },
      ...{ connectTimeoutSeconds: 60, confirmTimeoutSeconds: 60 },
    });
    const wanted = stacks.map((stack) => [
      stack,
      Object.fromEntries((shelf[stack] ?? []).map((name) => [name, args(name)])),
    ]);
    await project.write('shelf.json', JSON.stringify(Object.fromEntries(wanted)));
    for (const name of pis) await configure(name, ['git']);
    await fleetUp('--only', deployed);
    for (const name of pis) await configure(name, ['git', 'htop', 'mosquitto']);
    await fleetUp('--only', deployed);
    await configure('kitchen', ['git', 'htop'], 'system.activationScripts.bad = "echo no; false";');
    const failed = await project.pulumi(
      'up',
      '--yes',
      '--skip-preview',
      '--stack',
      'kitchen',
      '--message',
      'Kitchen: try a script',
    );
    if (failed.code === 0) throw new Error('a doomed activation succeeded');
    await configure('kitchen', ['git', 'htop', 'mosquitto'], 'boot.kernelParams = [ "quiet" ];');
    await project.succeed('up', '--yes', '--skip-preview', '--stack', 'kitchen', '--message', hostile);
  }

  /** One is pending, one drifted, one is off, one waits for a reboot. */
  async function disturb(): Promise<void> {
    await configure('lathe', ['git', 'htop', 'btop', 'restic']);
    const { code } = await fleet('preview', '--only', deployed);
    if (code !== 0) throw new Error('there is no preview');
    await fleet('status');
    const older = 'readlink -f $(ls -d /nix/var/nix/profiles/system-*-link | sort -V | tail -n 2 | head -n 1)';
    await tell(lab.pi('press'), `sudo $(${older})/bin/switch-to-configuration test`);
    await lab.pi('attic').powerOff();
  }

  /** What the page says of a Pi below a name. */
  const field = async (pi: string, name: string): Promise<string> =>
    (await wide.page.locator(`article[data-pi="${pi}"] [data-field="${name}"]`).textContent()) ?? '';

  /** Outputs of a NixosDeployment in its stack's state. */
  async function recorded(stack: string, name: string): Promise<Record<string, unknown>> {
    const { deployment } = z
      .object({
        deployment: z.object({
          resources: z.array(z.object({ urn: z.string(), outputs: z.record(z.string(), z.unknown()).optional() })),
        }),
      })
      .parse(JSON.parse(await project.run('pulumi', 'stack', 'export', '--stack', stack)));
    return deployment.resources.find(({ urn }) => urn.endsWith(`:NixosDeployment::${name}`))?.outputs ?? {};
  }

  test('says in one line how the Pis stand, on the page and on the terminal', async () => {
    const line = '5 Pis: 1 current, 1 pending, 1 drifted, 1 not answering, 1 not deployed yet';
    expect(printed).toBe(`${line}\nfile://${file}`);
    expect(await wide.page.locator('.summary').textContent()).toBe(line);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  test('shows the numbers of the states', async () => {
    for (const [stack, name, shown] of [
      ['kitchen', 'kitchen', 'kitchen'],
      ['attic', 'attic', 'attic'],
      ['workshop', 'lathe', 'workshop/lathe'],
      ['workshop', 'press', 'workshop/press'],
    ] as const) {
      const state = await recorded(stack, name);
      expect(await field(shown, 'recorded')).toBe(
        `${String(state['storePath'])} generation ${String(state['generation'])}`,
      );
      expect(await field(shown, 'kernel')).toBe(state['kernel']);
      expect(await field(shown, 'host')).toBe(`${name}.local`);
    }
    const attic = await recorded('attic', 'attic');
    expect(await field('attic', 'free')).toBe(`${formatBytes(Number(attic['freeBytes']))} as recorded`);
    expect(await field('attic', 'running')).toBe('not known, it does not answer');
  });

  test('shows what the Pis run, and what that takes', async () => {
    for (const name of ['kitchen', 'lathe', 'press']) {
      const shown = name === 'kitchen' ? name : `workshop/${name}`;
      const running = await tell(lab.pi(name), 'readlink -f /run/current-system');
      expect(await field(shown, 'running')).toMatch(new RegExp(`^${running.replaceAll('.', '\\.')} generation \\d+$`));
      const sum = 'nix-store -qR /run/current-system | xargs nix-store -q --size | tr "\\n" "+"';
      const bytes = (await tell(lab.pi(name), sum)).split('+').reduce((total, each) => total + Number(each), 0);
      const description = await wide.page.locator('#closures-desc').textContent();
      expect(description).toContain(`${shown} ${formatBytes(bytes)}`);
      expect(await field(shown, 'board')).toBe(
        await tell(lab.pi(name), "tr -d '\\0' < /sys/firmware/devicetree/base/model"),
      );
    }
  });

  test('says what is pending, what drifted, what waits for a reboot, and who was heard of when', async () => {
    expect(await field('workshop/lathe', 'desired')).toBe(
      await project.run(
        'nix-instantiate',
        '--eval',
        '--raw',
        '<nixpkgs/nixos>',
        '-A',
        'config.system.build.toplevel.outPath',
        '-I',
        `nixos-config=${project.directory}/lathe.nix`,
      ),
    );
    expect(await field('workshop/lathe', 'pending')).toMatch(
      /btop 1\.4\.6 added.*mosquitto 2\.0\.22 removed|mosquitto 2\.0\.22 removed.*btop 1\.4\.6 added/,
    );
    expect(await field('workshop/press', 'drift')).toMatch(/mosquitto 2\.0\.22 removed/);
    expect(await field('kitchen', 'reboot')).toBe('needed');
    expect(await field('kitchen', 'contact')).toContain('for this report');
    expect(await field('attic', 'contact')).toMatch(/ago\), when a command on this machine asked it$/);
  });

  test('tells the history that the backend keeps, with what the Pis did', async () => {
    for (const stack of stacks) {
      const kept = updates.parse(
        JSON.parse(await project.run('pulumi', 'stack', 'history', '--json', '--stack', stack)),
      );
      const rows = wide.page
        .locator(`[data-stack="${stack}"] tbody tr`)
        .filter({ hasNotText: 'by the Pi’s own record' });
      const times = await rows
        .locator('td.when time')
        .evaluateAll((all) => all.map((each) => each.getAttribute('datetime')));
      expect(times).toEqual(kept.map(({ startTime }) => startTime));
      for (const [index, { message, result }] of kept.entries()) {
        const text = await rows.nth(index).innerText();
        expect(text).toContain(message);
        expect(text).toContain(result);
      }
    }
    const [attic] = await wide.page.locator('[data-stack="attic"] tbody tr').allTextContents();
    const { storePath, previousStorePath } = await recorded('attic', 'attic');
    expect(attic).toContain('fleet up by root');
    expect(attic).toContain(`${String(previousStorePath)}→ ${String(storePath)}`);
    const workshop = await wide.page.locator('[data-stack="workshop"] tbody tr').allTextContents();
    for (const [index, programs] of [/htop 3\.4\.1 added/, /git 2\.52\.0 added/].entries()) {
      expect(workshop[index]).toMatch(/workshop\/lathe activated[^]*workshop\/press activated/);
      expect(workshop[index]).toMatch(programs);
    }
    const failed = await wide.page.locator('[data-stack="kitchen"] tbody tr').nth(1).textContent();
    expect(failed).toMatch(/failed[^]*Kitchen: try a script[^]*taken back/);
  });

  test('asks for nothing but itself, runs nothing, and has nothing to complain of', async () => {
    expect(wide.requests).toEqual([`file://${file}`]);
    expect(wide.complaints).toEqual([]);
    expect(await wide.page.title()).toMatch(/^nixos-pi: 5 Pis/);
    expect(await wide.page.locator('script, img, link, iframe, [onerror], [onclick], [style]').count()).toBe(0);
  });

  test('holds no secret', async () => {
    const html = await readFile(file, 'utf8');
    const { hostKey } = ready.connection;
    for (const secret of ['correct-horse', wifiPassword, hostKey, 'ciphertext', 'id_ed25519'])
      expect(html).not.toContain(secret);
  });

  test('shortens store paths to the eye, and gives the whole path when it is copied', async () => {
    const code = wide.page.locator('article[data-pi="kitchen"] [data-field="recorded"] code');
    await code.click();
    const { storePath } = await recorded('kitchen', 'kitchen');
    expect(await wide.page.evaluate('getSelection().toString()')).toBe(storePath);
    const box = await code.boundingBox();
    expect(box?.width).toBeLessThan(500);
  });

  test.each([
    ['light', 1200],
    ['dark', 1200],
    ['light', 360],
    ['dark', 360],
  ] as const)('can be read by everyone: %s, %i pixels', async (colorScheme, width) => {
    const { page } = await openFile(browser, file, {
      viewport: { width, height: 1400 },
      colorScheme,
    });
    await openAll(page);
    expect(await inaccessible(page)).toEqual([]);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
    const paper = await page.evaluate('getComputedStyle(document.body).backgroundColor');
    expect(paper).toBe(colorScheme === 'dark' ? 'rgb(19, 22, 26)' : 'rgb(255, 255, 255)');
    await page.evaluate('scrollTo(0, 0)');
    await page.screenshot({
      path: path.join(screenshots ?? project.directory, `report-${colorScheme}-${String(width)}.png`),
    });
  });

  test('has no link that leads nowhere', async () => {
    const broken = `[...document.querySelectorAll('a')].map((a) => a.getAttribute('href')).filter((href) => !href.startsWith('#') || document.querySelector(href) === null)`;
    expect(await wide.page.evaluate(broken)).toEqual([]);
  });

  test('takes only some stacks where that is asked', async () => {
    await project.run('node', 'commands/fleet/main.ts', 'report', '--only', 'work*', '--out', 'shelf.html');
    const some = await openFile(browser, path.join(project.directory, 'shelf.html'), {});
    expect(await some.page.locator('.summary').textContent()).toBe('2 Pis: 1 pending, 1 drifted');
  });
});

async function openAll(page: Page): Promise<void> {
  await page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })");
}
