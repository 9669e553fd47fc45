import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { LabError } from '../errors.ts';
import type { Lab } from '../lab.ts';
import { stack, type Outputs } from './deploy.ts';

/** What a Pi runs, and what it will start next. */
interface RunningSystem {
  readonly bootId: string;
  readonly running: string;
  readonly profile: string;
  /** What the boot loader's default entry starts. */
  readonly nextBoot: string;
  /** What each check prints, by its command. */
  readonly checks: Readonly<Record<string, string>>;
}

/** Two boots of the same generation. */
export interface RebootProof {
  readonly storePath: string;
  readonly bootIdBefore: string;
  readonly bootIdAfter: string;
}

const rebootTimeoutMs = 180_000;

/**
 * Reboots the Pi, as its owner would, and compares what it runs afterwards with what it ran before. Proven once for each store path.
 *
 * @throws LabError when the Pi does not come back, or comes back as something else
 */
export async function proveReboot(lab: Lab, outputs: Outputs, report: (line: string) => void): Promise<RebootProof> {
  const record = path.join(lab.instance.directory, 'reboot-proof.json');
  const earlier = existsSync(record) ? (JSON.parse(readFileSync(record, 'utf8')) as RebootProof) : undefined;
  if (earlier?.storePath === outputs.storePath) {
    report('proven before for this store path');
    return earlier;
  }
  const before = await inspect(lab, outputs);
  expectSystem(before, outputs.storePath, 'before the reboot');
  report(`boot ${before.bootId} runs ${before.running}: systemctl reboot`);
  // The connection may end before ssh does: the exit code says nothing.
  await lab.pi(stack).ssh(['sudo', 'systemctl', 'reboot']);
  const after = await waitForNewBoot(lab, outputs, before.bootId, report);
  report(`boot ${after.bootId} runs ${after.running}`);
  expectSystem(after, outputs.storePath, 'after the reboot');
  if (JSON.stringify(after.checks) !== JSON.stringify(before.checks)) {
    throw new LabError(
      `after the reboot the checks print something else:\n${JSON.stringify(after.checks, undefined, 2)}`,
    );
  }
  const proof = { storePath: outputs.storePath, bootIdBefore: before.bootId, bootIdAfter: after.bootId };
  writeFileSync(record, `${JSON.stringify(proof)}\n`);
  return proof;
}

async function inspect(lab: Lab, outputs: Outputs): Promise<RunningSystem> {
  const ask = async (...argv: string[]): Promise<string> => {
    const { stdout, stderr, code } = await lab.pi(stack).ssh(argv);
    if (code !== 0) throw new LabError(`on the Pi, ${argv.join(' ')} ended with ${String(code)}: ${stderr}`);
    return stdout.trim();
  };
  const checks: Record<string, string> = {};
  for (const command of Object.keys(outputs.checks)) checks[command] = await ask('sh', '-c', command);
  return {
    bootId: await ask('cat', '/proc/sys/kernel/random/boot_id'),
    running: await ask('readlink', '-f', '/run/current-system'),
    profile: await ask('readlink', '-f', '/nix/var/nix/profiles/system'),
    nextBoot: nextBoot(await ask('cat', '/boot/extlinux/extlinux.conf')),
    checks,
  };
}

/** The system that extlinux.conf's default entry starts: its `init=` without the final `/init`. */
function nextBoot(extlinuxConf: string): string {
  const [, label = ''] = /^DEFAULT\s+(\S+)/m.exec(extlinuxConf) ?? [];
  const entry = extlinuxConf.split(/^LABEL\s+/m).find((text) => text.split(/\s/, 1)[0] === label) ?? '';
  const [, system = ''] = /\binit=(\S+)\/init\b/.exec(entry) ?? [];
  return system;
}

function expectSystem(system: RunningSystem, storePath: string, when: string): void {
  const { running, profile, nextBoot } = system;
  if (running === storePath && profile === storePath && nextBoot === storePath) return;
  throw new LabError(
    `${when} the Pi should run, and start next, ${storePath}; but\n` +
      `  running:   ${running}\n  profile:   ${profile}\n  next boot: ${nextBoot}\n` +
      '  what to do: npm run lab -- logs shows its console',
  );
}

async function waitForNewBoot(
  lab: Lab,
  outputs: Outputs,
  oldBootId: string,
  report: (line: string) => void,
): Promise<RunningSystem> {
  const deadline = performance.now() + rebootTimeoutMs;
  report('waiting for the Pi to come back');
  while (performance.now() < deadline) {
    await sleep(1000);
    const { stdout, code } = await lab.pi(stack).ssh(['cat', '/proc/sys/kernel/random/boot_id']);
    if (code === 0 && stdout.trim() !== oldBootId) return await inspect(lab, outputs);
  }
  const seconds = String(rebootTimeoutMs / 1000);
  throw new LabError(
    `the Pi did not come back within ${seconds} s of its reboot: npm run lab -- logs shows its console`,
  );
}
