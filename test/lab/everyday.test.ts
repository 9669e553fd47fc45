import { access, open, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, describe, expect, jest, test } from '@jest/globals';
import { Lab } from '../../lab/lab.ts';
import { askPi, eventually, tell } from './pi-facts.ts';
import { watchProcesses } from './process-watch.ts';
import { Project } from './project.ts';

jest.setTimeout(10 * 60_000);

// One Pi's life, in order: each step starts where the one before it ended.
describe('a Raspberry Pi from nothing', () => {
  const lab = Lab.open();
  const pi = lab.pi();
  let project: Project;

  beforeAll(async () => {
    await lab.up();
    project = await Project.make(lab);
    await project.configure(lab.card().device);
  });

  test.each([
    {
      mistake: 'a device by a name that may be another one tomorrow',
      make: () => project.succeed('config', 'set', 'cardDevice', '/dev/sda'),
      mend: () => project.succeed('config', 'set', 'cardDevice', lab.card().device),
      says: /"\/dev\/sda" is no stable name of a device/,
    },
    {
      mistake: 'an image for another machine',
      make: () => project.edit('hosts/lab/sd-card.nix', (text) => text.replace(/aarch64-linux/, 'x86_64-linux')),
      mend: () => project.edit('hosts/lab/sd-card.nix', (text) => text.replace(/x86_64-linux/, 'aarch64-linux')),
      says: /is for x86_64-linux, but aarch64-linux is wanted/,
    },
    {
      mistake: 'a syntax error',
      make: () => project.edit('hosts/lab/sd-card.nix', (text) => `${text}\n}`),
      mend: () => project.edit('hosts/lab/sd-card.nix', (text) => text.replace(/\n\}$/, '')),
      says: /syntax error[\s\S]*hosts\/lab\/sd-card\.nix:\d+:\d+/,
    },
    {
      mistake: 'a host name with shell metacharacters',
      make: () => project.succeed('config', 'set', 'host', 'lab.local; reboot'),
      mend: () => project.succeed('config', 'rm', 'host'),
      says: /"lab\.local; reboot" is no host name/,
    },
    {
      mistake: 'a missing key file',
      make: () => project.succeed('config', 'set', 'identityFile', '/root/.ssh/id_nobody'),
      mend: () => project.succeed('config', 'rm', 'identityFile'),
      says: /id_nobody does not exist/,
    },
  ])('$mistake is one clear error before anything is touched', async ({ make, mend, says }) => {
    await make();
    const { code, text } = await project.pulumi('up', '--yes');
    await mend();
    expect(text).toMatch(says);
    expect(code).not.toBe(0);
    expect(text.match(/^ +error: /gm)?.length ?? 0).toBeLessThanOrEqual(2);
    expect(text).not.toMatch(/^ +at .*\.ts:\d+/m);
    expect(await cardIsBlank()).toBe(true);
    expect(await imageIsBuilt()).toBe(false);
  });

  test('the first preview shows four creates, and what is unknown until when; nothing is built or written', async () => {
    const changes = await project.changes();
    expect(changes.map(({ op, resource }) => `${op} ${resource}`)).toEqual([
      'create RaspberryPi',
      'create SdImage',
      'create FlashedCard',
      'create HardwareConfig',
      'create NixosDeployment',
      'create Command',
    ]);
    expect(await project.succeed('preview')).toMatch(/store path is known when .* hardware configuration/);
    expect(await cardIsBlank()).toBe(true);
    expect(await imageIsBuilt()).toBe(false);
    expect(pi.isRunning()).toBe(false);
  });

  test('up makes the four in order, and the Pi runs and boots what was deployed', async () => {
    await project.up();
    const resources = (await project.state())
      .filter(({ type }) => type.startsWith('pulumi-nodejs:dynamic/nixos-pi:'))
      .sort((a, b) => (a.created ?? '').localeCompare(b.created ?? ''));
    expect(resources.map(({ type }) => type.split(':').at(-1))).toEqual([
      'SdImage',
      'FlashedCard',
      'HardwareConfig',
      'NixosDeployment',
    ]);
    const deployed = await project.recorded('NixosDeployment');
    expect(await askPi(pi)).toMatchObject({
      current: deployed['storePath'],
      profile: deployed['storePath'],
      boots: deployed['storePath'],
      bootId: deployed['bootId'],
    });
    expect(deployed).toMatchObject({
      generation: 2,
      previousStorePath: (await project.recorded('SdImage'))['toplevel'],
    });
    const stdout = (await project.recorded('Command'))['stdout'];
    expect(stdout).toMatch(/^NVIM v\d/);
  });

  test('the card holds what was built, and its private host key is nowhere else', async () => {
    const [image, card] = [await project.recorded('SdImage'), await project.recorded('FlashedCard')];
    expect(card).toMatchObject({ writtenSha256: image['sha256'], writtenBytes: image['sizeBytes'], verified: true });
    const publicKey = await tell(pi, 'cat /etc/ssh/ssh_host_ed25519_key.pub');
    expect(publicKey).toBe(card['hostPublicKey']);
    const privateKey = await tell(pi, 'sudo cat /etc/ssh/ssh_host_ed25519_key');
    // The first lines of every such key are the same.
    const secret = privateKey.split('\n')[3] ?? '';
    expect(secret.length).toBeGreaterThan(40);
    expect(await placesOf(secret)).toEqual([]);
  });

  test('the hardware configuration names the firmware partition, which is not mounted afterwards', async () => {
    const text = await readFile(path.join(project.directory, 'hosts/lab/hardware-configuration.nix'), 'utf8');
    expect(text).toMatch(/fileSystems\."\/boot\/firmware"/);
    expect(text).toMatch(/fileSystems\."\/"/);
    expect(await project.recorded('HardwareConfig')).toMatchObject({
      text,
      boardModel: 'Raspberry Pi 4 Model B Rev 1.4',
    });
    expect((await pi.ssh(['mountpoint', '-q', '/boot/firmware'])).code).not.toBe(0);
  });

  test('a second preview has nothing to do, with another ssh agent either', async () => {
    expect(await project.changes()).toEqual([]);
    const anotherSession = Project.at(lab, 'project', { SSH_AUTH_SOCK: '/tmp/ssh-another/agent' });
    expect(await anotherSession.changes()).toEqual([]);
  });

  test('a check that fails fails the update, with what it printed', async () => {
    await project.succeed('config', 'set', '--path', 'checks[0]', 'uname -s; false');
    const { code, text } = await project.pulumi('up', '--yes', '--skip-preview');
    await project.succeed('config', 'set', '--path', 'checks[0]', 'nvim --version');
    expect(code).not.toBe(0);
    expect(text).toMatch(/exit status 1: running "uname -s; false":\s+Linux/);
    expect(await project.changes()).toEqual([]);
  });

  test('a reboot keeps the generation', async () => {
    const before = await askPi(pi);
    await pi.reboot();
    const after = await eventually(async () => {
      const facts = await askPi(pi);
      expect(facts.bootId).not.toBe(before.bootId);
      return facts;
    });
    expect(after).toEqual({ ...before, bootId: after.bootId });
    expect(await tell(pi, 'nvim --version')).toMatch(/^NVIM v/);
    expect(await project.changes()).toEqual([]);
  });

  test('without emulation the build fails in Nix’ words, with the remedy', async () => {
    await addPackage('htop');
    await lab.emulation(false);
    const { code, text } = await project.pulumi('up', '--yes', '--skip-preview');
    await lab.emulation(true);
    expect(code).not.toBe(0);
    expect(text).toMatch(/is required to build|platform mismatch/i);
    expect(text).toMatch(/boot\.binfmt\.emulatedSystems/);
  });

  test('an added package is one update of the deployment, with both store paths', async () => {
    const [image, card, before] = [
      await project.recorded('SdImage'),
      await project.recorded('FlashedCard'),
      await askPi(pi),
    ];
    const changes = await project.changes();
    expect(changes.map(({ op, resource }) => `${op} ${resource}`)).toContain('update NixosDeployment');
    expect(new Set(changes.map(({ resource }) => resource))).toEqual(new Set(['NixosDeployment', 'Command']));
    const update = changes.find(({ op }) => op === 'update');
    expect(update?.oldInputs['storePath']).toBe(before.current);
    expect(update?.newInputs['storePath']).toMatch(/^\/nix\/store\/[^/]+-nixos-system-lab-/);
    expect(update?.newInputs['storePath']).not.toBe(before.current);

    await project.up();
    expect((await askPi(pi)).current).toBe(update?.newInputs['storePath']);
    expect(await tell(pi, 'htop --version')).toMatch(/^htop/);
    expect(await project.recorded('SdImage')).toEqual(image);
    expect(await project.recorded('FlashedCard')).toEqual(card);
    expect(await project.changes()).toEqual([]);
  });

  test('refresh shows a generation that someone activated by hand, and up corrects it', async () => {
    const wanted = await askPi(pi);
    await tell(pi, 'sudo /nix/var/nix/profiles/system-2-link/bin/switch-to-configuration test');
    const byHand = await askPi(pi);
    expect(byHand.current).not.toBe(wanted.current);
    const shown = await project.succeed('refresh', '--yes', '--skip-preview', '--diff');
    expect(shown).toContain(`"${wanted.current}" => "${byHand.current}"`);
    expect((await project.changes()).map(({ op, resource }) => `${op} ${resource}`)).toEqual([
      'update NixosDeployment',
    ]);
    await project.up();
    expect(await askPi(pi)).toEqual(wanted);
    expect(await project.changes()).toEqual([]);
  });

  test('refresh with the Pi switched off keeps every resource', async () => {
    await pi.powerOff();
    const before = (await project.state()).map(({ urn }) => urn);
    const shown = await project.succeed('refresh', '--yes', '--skip-preview');
    expect(shown).toMatch(/could not be read; what was recorded is kept/);
    expect((await project.state()).map(({ urn }) => urn)).toEqual(before);
    expect(await project.changes()).toEqual([]);
    await pi.powerOn();
    await eventually(() => askPi(pi));
  });

  test('a fresh clone gets its hardware configuration from the state', async () => {
    const file = path.join(project.directory, 'hosts/lab/hardware-configuration.nix');
    const text = await readFile(file, 'utf8');
    await rm(file);
    expect((await project.changes()).map(({ op, resource }) => `${op} ${resource}`)).toContain('update HardwareConfig');
    await project.up();
    expect(await readFile(file, 'utf8')).toBe(text);
    expect(await project.changes()).toEqual([]);
  });

  test('sudo with a password: none, a wrong one, the right one; it is nowhere to be found', async () => {
    const [password, before] = ['correct-horse-battery', await askPi(pi)];
    const hash = (await lab.exec(['openssl', 'passwd', '-6', password])).stdout.trim();
    expect(hash).toMatch(/^\$6\$/);
    await project.edit('hosts/lab/configuration.nix', (text) =>
      text
        .replace(
          /security.sudo.wheelNeedsPassword = false;/,
          'users.mutableUsers = false;\n  security.sudo.wheelNeedsPassword = true;',
        )
        .replace(/extraGroups =/, `hashedPassword = "${hash}";\n    extraGroups =`),
    );
    const locksOut = await project.pulumi('up', '--yes', '--skip-preview');
    expect(locksOut.text).toMatch(/asks pi for a password, and none is configured/);
    expect(await askPi(pi)).toEqual(before);
    await project.succeed('config', 'set', '--secret', 'sudoPassword', password);
    await project.up();
    await project.succeed('config', 'rm', 'sudoPassword');
    await addPackage('tmux');
    const none = await project.pulumi('up', '--yes', '--skip-preview');
    expect(none.text).toMatch(/asks pi for a password, and none is configured/);
    await project.succeed('config', 'set', '--secret', 'sudoPassword', 'wrong-horse');
    const wrong = await project.pulumi('up', '--yes', '--skip-preview');
    expect(wrong.text).toMatch(/sudo password for pi on lab\.local is wrong/);
    await project.succeed('config', 'set', '--secret', 'sudoPassword', password);
    const watch = watchProcesses(password);
    await project.up();
    expect(await watch.stop()).toEqual([]);
    expect(await tell(pi, 'tmux -V')).toMatch(/^tmux/);
    expect(project.transcript()).not.toContain(password);
    expect(await placesOf(password)).toEqual([]);
    expect(await tell(pi, `grep -rlF ${password} /nix/store /var /etc /run/log 2>/dev/null || true`)).toBe('');
  });

  test('destroy leaves the Pi running, says so, and the state is empty', async () => {
    const before = await askPi(pi);
    const text = await project.succeed('destroy', '--yes', '--skip-preview');
    expect(text).toMatch(/goes on running \/nix\/store\/\S+: destroying a deployment leaves the Pi as it is/);
    expect(await project.state()).toEqual([]);
    expect(await askPi(pi)).toEqual(before);
    await access(path.join(project.directory, 'hosts/lab/hardware-configuration.nix'));
  });

  test('a card that holds a system is not erased without its owner’s word', async () => {
    await pi.powerOff();
    await lab.card().insert('reader');
    const before = await beginningOfCard();
    const { code, text } = await project.pulumi('up', '--yes');
    expect(code).not.toBe(0);
    expect(text).toMatch(/erase/);
    expect(await cardIsBlank()).toBe(false);
    expect((await beginningOfCard()).equals(before)).toBe(true);
  });

  function addPackage(name: string): Promise<void> {
    return project.edit('hosts/lab/configuration.nix', (text) =>
      text.replace(/\[ pkgs\.neovim/, `[ pkgs.neovim pkgs.${name}`),
    );
  }

  async function cardIsBlank(): Promise<boolean> {
    return (await beginningOfCard()).every((byte) => byte === 0);
  }

  /** The first MiB, with the partition table in it. */
  async function beginningOfCard(): Promise<Buffer> {
    const file = await open(lab.card().imagePath);
    try {
      return (await file.read(Buffer.alloc(1024 * 1024), 0, 1024 * 1024, 0)).buffer;
    } finally {
      await file.close();
    }
  }

  async function imageIsBuilt(): Promise<boolean> {
    const { stdout } = await lab.exec([
      'sh',
      '-c',
      'ls -d /nix/store/*-nixos-image-sd-card-*.img.zst 2>/dev/null || true',
    ]);
    return stdout.trim() !== '';
  }

  /** Files on the workstation that hold a text in the clear: the state, logs, the store, temporary files. */
  async function placesOf(secret: string): Promise<string[]> {
    const own = [project.directory, path.join(lab.instance.directory, 'state')];
    const everywhere = ['/nix/store', '/tmp', '/dev/shm', '/root', '/var', '/run'];
    const { stdout } = await lab.exec(['grep', '-rlsF', '--devices=skip', '-e', secret, ...everywhere, ...own]);
    // This checkout may lie below /tmp: its sources hold this test, its lab holds the card.
    const isOwn = (line: string) => own.some((directory) => line.startsWith(`${directory}/`));
    const counts = (line: string) => isOwn(line) || !line.startsWith(`${lab.instance.project}/`);
    return stdout.split('\n').filter((line) => line !== '' && !line.includes('/node_modules/') && counts(line));
  }
});
