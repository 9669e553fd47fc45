import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, jest, test } from '@jest/globals';
import { tryRun } from '../../lab/run.ts';
import { insideWorkstation } from '../../lab/workstation/environment.ts';
import { parseDeploymentRecord, pendingReboot, recordScript } from '../../provider/activation/deployment-record.ts';
import { asDeploymentUnit } from '../../provider/activation/deployment-unit.ts';
import { confirmRebootScript, rebootScript } from '../../provider/activation/reboot-script.ts';
import { shellQuote as quote } from '../../provider/process/quote.ts';
import type { RebootResult } from '../../provider/activation/reboot.ts';
import { eventually, tell } from './pi-facts.ts';
import { ReadyPi } from './ready-pi.ts';
import { SupervisedPi, until } from './supervised-pi.ts';

jest.setTimeout(8 * 60_000);

const armed =
  'ls -A /etc/systemd/system.control /var/lib/pulumi-nixos-pi/after-boot /nix/var/nix/gcroots/pulumi-nixos-pi 2>/dev/null | grep -E "after-boot|script" || true';

// extlinux.conf names it as ../nixos/….
const kernelThatBoots = "/boot$(sed -n 's/^ *LINUX [.][.]//p' /boot/extlinux/extlinux.conf | head -n 1)";

describe('a reboot into a new system', () => {
  let ready: ReadyPi;
  let pi: SupervisedPi;

  beforeEach(async () => {
    ready = await ReadyPi.make();
    await ready.restore();
    pi = new SupervisedPi(ready);
  });

  async function install(name: string, module: string): Promise<string> {
    const storePath = await pi.system(name, module);
    expect(await pi.deploy({ storePath, goal: 'boot' })).toMatchObject({ outcome: 'installed' });
    return storePath;
  }

  function reboot(
    storePath: string,
    generation: number,
    { confirmTimeoutSeconds = 8, signal }: { confirmTimeoutSeconds?: number; signal?: AbortSignal } = {},
  ): Promise<RebootResult> {
    const settings = {
      current: ready.connection,
      reboot: {
        storePath,
        previousSystem: ready.facts.storePath,
        previousGeneration: generation,
        deployer: 'stack ready, ada@workstation',
        confirmTimeoutSeconds,
        rebootTimeoutSeconds: 120,
      },
    };
    const argv = ['node', new URL('reboot-driver.ts', import.meta.url).pathname, JSON.stringify(settings)];
    const ended = tryRun(insideWorkstation(ready.lab.machine(), argv));
    signal?.addEventListener('abort', () => {
      void ready.lab.exec(['pkill', '-KILL', '--full', '^node .*reboot-driver.ts ']);
    });
    return ended.then(({ stdout, stderr }) => {
      if (stdout === '') throw new Error(`the driver ended without a result: ${stderr}`);
      return JSON.parse(stdout) as RebootResult;
    });
  }

  async function record(): Promise<string> {
    return (await ready.pi.ssh(['sh', '-c', recordScript])).stdout;
  }

  test('is proven and confirmed, and leaves nothing behind; a kernel that a power cut emptied in /boot is whole again', async () => {
    const before = await pi.standing();
    await tell(ready.pi, `sudo truncate --size 0 ${kernelThatBoots}`);
    const storePath = await install('package', 'environment.systemPackages = [ pkgs.tmux ];');
    const result = await reboot(storePath, before.generation, { confirmTimeoutSeconds: 60 });
    expect(result).toMatchObject({ outcome: 'rebooted', reason: '' });
    expect(result.unprotected).toBeUndefined();
    const after = await pi.standing();
    expect(after).toMatchObject({ current: storePath, profile: storePath, boots: storePath, roots: '' });
    expect(after.bootId).not.toBe(before.bootId);
    await tell(ready.pi, `cmp ${kernelThatBoots} ${storePath}/kernel`);
    expect(await tell(ready.pi, armed)).toBe('');
    const last = parseDeploymentRecord(await record());
    expect(last).toMatchObject({ storePath, goal: 'reboot', outcome: 'activated' });
    // As when the answer to the first confirmation was lost.
    const confirmAgain = ['sudo', 'sh', '-c', confirmRebootScript, 'confirm', last?.run ?? ''];
    expect((await ready.pi.ssh(confirmAgain)).stdout).toBe('');
  });

  test('that nobody can reach afterwards falls back, once, and says so', async () => {
    const before = await pi.standing();
    const storePath = await install('withoutSshd', 'services.openssh.enable = lib.mkForce false;');
    const result = await reboot(storePath, before.generation);
    expect(result).toMatchObject({ outcome: 'fell-back', reason: expect.stringMatching(/nobody reached the Pi/) });
    expect(result.running?.bootedSystem).toBe(before.current);
    const after = await pi.standing();
    expect(after).toMatchObject({
      current: before.current,
      generation: before.generation,
      boots: before.boots,
      sshd: 'active',
    });
    await eventually(async () => {
      expect(await tell(ready.pi, armed)).toBe('');
    });
    expect(parseDeploymentRecord(await record())).toMatchObject({ goal: 'reboot', outcome: 'rebooted-back' });
  });

  test('falls back though the old generation was deleted meanwhile', async () => {
    const before = await pi.standing();
    const storePath = await install('collected', 'services.openssh.enable = lib.mkForce false;');
    await tell(ready.pi, `sudo rm /nix/var/nix/profiles/system-${String(before.generation)}-link`);
    expect(await reboot(storePath, before.generation)).toMatchObject({ outcome: 'fell-back' });
    const { current, profile, boots } = await pi.standing();
    expect({ current, profile, boots }).toEqual({
      current: before.current,
      profile: before.current,
      boots: before.boots,
    });
  });

  test('is not made where what would watch over it does not arrive whole', async () => {
    const before = await pi.standing();
    const storePath = await install('cut-off', 'environment.systemPackages = [ pkgs.tmux pkgs.htop ];');
    const command = [
      'sh',
      '-c',
      rebootScript,
      'reboot',
      before.bootId,
      randomUUID(),
      storePath,
      before.current,
      'pi',
      'ada',
    ];
    const cutOff = `: | sudo ${asDeploymentUnit('ada, restarting,', command).map(quote).join(' ')}`;
    expect(await ready.pi.ssh(['sh', '-c', cutOff])).toMatchObject({
      code: 75,
      stderr: expect.stringContaining('the after-boot supervisor could not be written'),
    });
    expect(await pi.standing()).toMatchObject({ bootId: before.bootId });
    expect(await tell(ready.pi, armed)).toBe('');
  });

  test('whose deployer has died falls back; until then a second deployer is refused', async () => {
    const before = await pi.standing();
    const storePath = await install('slow', 'environment.systemPackages = [ pkgs.htop ];');
    const deployer = new AbortController();
    const options = { confirmTimeoutSeconds: 60, signal: deployer.signal };
    const rebooting = reboot(storePath, before.generation, options).catch(() => undefined);
    await until(async () => (await pi.standing()).bootId !== before.bootId);
    deployer.abort();
    await rebooting;
    await eventually(async () => {
      expect(pendingReboot(await record())).toBeDefined();
    });
    const second = await pi.deploy({ storePath: ready.facts.storePath, deployer: 'stack other, bob@laptop' });
    expect(second.reason).toMatch(/ada@workstation, whose reboot into \S+ waits to be confirmed/);
    await until(async () => (await pi.standing()).current === before.current);
    await ready.look();
    expect(await pi.standing()).toMatchObject({ current: before.current, boots: before.boots, sshd: 'active' });
  });

  test('that boots something else is told, and not tried again', async () => {
    const before = await pi.standing();
    const storePath = await install('other', 'environment.systemPackages = [ pkgs.tmux pkgs.htop ];');
    await tell(ready.pi, `sudo ${before.current}/bin/switch-to-configuration boot`);
    const result = await reboot(storePath, before.generation);
    expect(result).toMatchObject({ outcome: 'fell-back', reason: expect.stringContaining(before.current) });
    await eventually(async () => {
      expect(await tell(ready.pi, armed)).toBe('');
    });
  });

  test('that somebody else has replaced meanwhile is not restarted into', async () => {
    const before = await pi.standing();
    const storePath = await install('replaced', 'environment.systemPackages = [ pkgs.tmux pkgs.htop ];');
    expect(await pi.deploy({ storePath: before.current, goal: 'boot' })).toMatchObject({ outcome: 'installed' });
    expect(await reboot(storePath, before.generation)).toEqual({
      error: expect.stringMatching(
        new RegExp(`was not restarted.[^]*its system profile is ${before.current} now, no longer ${storePath}`),
      ),
    });
    expect(await pi.standing()).toMatchObject({ bootId: before.bootId, boots: before.boots });
    expect(await tell(ready.pi, armed)).toBe('');
  });

  test('of a Pi that is busy with another deployment is refused, with its name', async () => {
    const before = await pi.standing();
    const storePath = await install('busy', 'environment.systemPackages = [ pkgs.tmux pkgs.htop ];');
    const unit = 'pulumi-nixos-pi-deployment.service';
    await tell(
      ready.pi,
      `sudo systemd-run --quiet --collect --unit=${unit} --description='stack other, bob@laptop' sleep 60`,
    );
    expect(await reboot(storePath, before.generation)).toEqual({
      error: expect.stringMatching(/was not restarted.[^]*Another deployment is under way: stack other, bob@laptop/),
    });
    await tell(ready.pi, `sudo systemctl stop ${unit}`);
    expect(await pi.standing()).toMatchObject({ bootId: before.bootId });
  });
});
