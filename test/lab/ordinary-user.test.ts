import { cp, mkdir, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, describe, expect, jest, test } from '@jest/globals';
import { findBuiltEngine } from '../../lab/engine/build.ts';
import { Lab } from '../../lab/lab.ts';
import { tell } from './pi-facts.ts';

jest.setTimeout(10 * 60_000);

// Ada's own program: the image was built by somebody else.
const program = `
import { FlashedCard, HardwareConfig, SdImage } from './provider/resources/index.ts';

const image = new SdImage('image', { imageFile: process.env.IMAGE! });
const card = new FlashedCard('attic', {
  device: process.env.CARD_DEVICE!,
  imagePath: image.imagePath,
  imageSha256: image.sha256,
  imageSizeBytes: image.sizeBytes,
  allow: ['loop'],
  wifi: { ssid: 'attic', psk: 'swordfish' },
});
new HardwareConfig('attic', {
  connection: { host: process.env.PI_ADDRESS!, user: 'pi', hostKey: card.hostPublicKey },
  path: 'hardware-configuration.nix',
  flashId: card.flashId,
  firstBootTimeoutSeconds: Number(process.env.FIRST_BOOT_SECONDS ?? '600'),
});
export const hostPublicKey = card.hostPublicKey;
`;

const root = path.join(import.meta.dirname, '../..');
const everything = '/etc/sudoers.d/everything';

describe('a user of the workstation who may not open the card reader', () => {
  const lab = Lab.open();
  const directory = path.join(lab.instance.directory, 'ada');
  let env: Readonly<Record<string, string>>;

  beforeAll(async () => {
    await lab.up(['attic']);
    await asRoot('useradd', '--create-home', '--shell', '/bin/bash', 'ada');
    await asRoot('install', '-D', '--owner=ada', '--mode=600', '/root/.ssh/id_ed25519', '/home/ada/.ssh/id_ed25519');
    // The engine is in root's cache.
    const engine = findBuiltEngine(lab.instance.cache) ?? lab.instance.cache;
    for (let folder = path.dirname(engine); folder !== '/'; folder = path.dirname(folder))
      await asRoot('chmod', 'o+x', folder);
    env = {
      ...{ HOME: '/home/ada', USER: 'ada', PULUMI_HOME: '/home/ada/.pulumi', PULUMI_BACKEND_URL: 'file:///home/ada' },
      ...{ PULUMI_CONFIG_PASSPHRASE: 'of ada', PULUMI_CONFIG_PASSPHRASE_FILE: '' },
      ...{
        CARD_DEVICE: lab.card('attic').device,
        PI_ADDRESS: lab.pi('attic').place.address,
        IMAGE: await builtImage(),
      },
    };
    await makeProject();
  });

  async function makeProject(): Promise<void> {
    await mkdir(directory);
    for (const file of ['Pulumi.yaml', 'package.json']) await cp(path.join(root, file), path.join(directory, file));
    for (const folder of ['provider', 'card-writer', 'node_modules'])
      await symlink(path.join(root, folder), path.join(directory, folder));
    await writeFile(path.join(directory, 'index.ts'), program);
    await asRoot('chown', '--recursive', '--no-dereference', 'ada:', directory);
    await asAda('pulumi', 'stack', 'init', 'attic');
    await asAda('pulumi', 'config', 'set', 'cardDevice', 'unused');
  }

  async function asRoot(...argv: string[]): Promise<string> {
    return succeeded(argv, await lab.exec(argv));
  }

  async function asAda(...argv: string[]): Promise<string> {
    return succeeded(argv, await tryAsAda(...argv));
  }

  function tryAsAda(...argv: string[]) {
    const user = ['setpriv', '--reuid=ada', '--regid=ada', '--init-groups', '--'];
    return lab.exec([...user, ...argv], { cwd: directory, env });
  }

  async function builtImage(): Promise<string> {
    const configuration = `nixos-config=${path.join(root, 'hosts/lab/sd-card.nix')}`;
    const wanted = ['<nixpkgs/nixos>', '--attr', 'config.system.build.images.sd-card', '--no-out-link'];
    const output = await asRoot('nix-build', ...wanted, '-I', configuration);
    return asRoot('find', output, '-name', '*.img*', '-type', 'f');
  }

  const up = ['pulumi', 'up', '--yes', '--skip-preview', '--non-interactive', '--color', 'never'];

  test('is told what to do', async () => {
    const { code, stdout, stderr } = await tryAsAda(...up);
    expect(code).not.toBe(0);
    expect(stdout + stderr).toContain('npm run card-writer -- install');
  });

  test('flashes a card through sudo, and the Pi boots from it with the host key that the state expects, and its network', async () => {
    await asRoot('sh', '-c', `echo 'ada ALL=(ALL) NOPASSWD: ALL' > ${everything}; chmod 440 ${everything}`);
    await asAda('node', path.join(root, 'commands/card-writer/main.ts'), 'install', '--allow', 'loop');
    await asRoot('rm', everything);

    await asAda(...up);
    const pi = lab.pi('attic');
    const hostKey = await asAda('pulumi', 'stack', 'output', 'hostPublicKey');
    expect(await tell(pi, 'cat /etc/ssh/ssh_host_ed25519_key.pub')).toBe(hostKey);
    const profile = '/etc/NetworkManager/system-connections/pulumi-nixos-pi.nmconnection';
    expect(await tell(pi, `sudo stat --format='%U %a' ${profile}; sudo cat ${profile}`)).toMatch(
      /^root 600\n[^]*^ssid=97;116;116;105;99;$[^]*^psk=swordfish$/m,
    );
    expect(await asAda('pulumi', 'stack', 'export')).not.toContain('swordfish');
  });

  test('is told when another machine answers', async () => {
    const pi = lab.pi('attic');
    const key = '/etc/ssh/ssh_host_ed25519_key';
    await tell(pi, `sudo rm ${key} ${key}.pub && sudo ssh-keygen -q -t ed25519 -N "" -f ${key}`);
    await tell(pi, 'sudo systemctl restart sshd').catch(() => undefined);
    const urn = /urn:\S+HardwareConfig::attic/.exec(await asAda('pulumi', 'stack', '--show-urns'))?.[0] ?? '';
    // After a flash it waits for the card to be moved: until then another system may answer.
    env = { ...env, FIRST_BOOT_SECONDS: '15' };
    const { code, stdout, stderr } = await tryAsAda(...up, '--replace', urn);
    expect(code).not.toBe(0);
    expect(stdout + stderr).toContain('Another machine answers');
  });

  describe('whose card is in the reader again', () => {
    beforeAll(async () => {
      await lab.pi('attic').powerOff();
      await lab.card('attic').insert('reader');
    });

    async function sectorsWritten(): Promise<string> {
      const device = await asRoot('realpath', lab.card('attic').device);
      return (await asRoot('cat', `/sys/block/${path.basename(device)}/stat`)).split(/\s+/)[6] ?? '';
    }

    async function expectRefused(): Promise<void> {
      const before = await sectorsWritten();
      const { code, stdout, stderr } = await tryAsAda(...up);
      expect(code).not.toBe(0);
      expect(stdout + stderr).toMatch(/is not empty.*NIXOS_SD[^]*erase: "[0-9a-f]{16}"/);
      expect(await sectorsWritten()).toBe(before);
    }

    test('and whose resource has another name now is asked first: nothing is written', async () => {
      await writeFile(path.join(directory, 'index.ts'), program.replace("FlashedCard('attic'", "FlashedCard('loft'"));
      await expectRefused();
      await writeFile(path.join(directory, 'index.ts'), program);
    });

    test('and who has a second stack for the same card is asked first', async () => {
      await asAda('pulumi', 'stack', 'init', 'second');
      await asAda('pulumi', 'config', 'set', 'cardDevice', 'unused');
      await expectRefused();
      await asAda('pulumi', 'stack', 'select', 'attic');
    });

    test('and whose state is lost is asked first', async () => {
      await asAda('pulumi', 'stack', 'rm', '--yes', '--force', '--preserve-config', 'attic');
      await asAda('pulumi', 'stack', 'init', 'attic');
      await expectRefused();
    });
  });
});

function succeeded(argv: readonly string[], { code, stdout, stderr }: Awaited<ReturnType<Lab['exec']>>): string {
  if (code !== 0) throw new Error(`${argv.join(' ')} ended with ${String(code)}:\n${stdout}\n${stderr}`);
  return stdout.trim();
}
