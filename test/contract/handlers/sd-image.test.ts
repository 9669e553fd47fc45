import { existsSync, mkdtempSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { Context } from '../../../provider/context.ts';
import { sdImage, type SdImageInputs } from '../../../provider/handlers/sd-image.ts';
import { buildPlanned } from '../../../provider/nix/build.ts';
import { nixConfiguration } from '../../../provider/nix/configuration.ts';
import { evaluateImage } from '../../../provider/nix/evaluate.ts';
import { recordedContext } from '../../unit/handlers/recorded-context.ts';
import { NixMachine } from '../nix/nix-machine.ts';

jest.setTimeout(120_000);

let nix: NixMachine;
beforeAll(async () => {
  nix = await NixMachine.start();
}, 300_000);
afterAll(async () => {
  await nix.stop();
});

const before = { ...process.env };
let home: string;
beforeEach(() => {
  // Below what the machine sees of this one: Nix follows the links there.
  home = mkdtempSync(join(nix.machine.shared, 'home-'));
  process.env['XDG_STATE_HOME'] = join(home, 'state');
  process.env['XDG_CACHE_HOME'] = join(home, 'cache');
});
afterEach(() => {
  process.env = { ...before, PATH: process.env['PATH'] };
  rmSync(home, { recursive: true });
});

async function planned(name: string, text: string): Promise<SdImageInputs> {
  const { file, nixPath } = nix.configuration(name, text);
  const { storePath, filePath, toplevel, system } = await evaluateImage(
    { kind: 'channel', file, nixPath },
    'sd-card',
    () => undefined,
  );
  const evaluated = { storePath, filePath, toplevel: toplevel ?? '', evaluatedSystem: system, system };
  return sdImage.schema.parse({ configuration: file, nixPath: [...nixPath], ...evaluated }) as SdImageInputs;
}

function filesBelow(folder: string): string[] {
  const path = join(home, folder, 'pulumi-nixos-pi');
  return existsSync(path)
    ? readdirSync(path, { recursive: true, encoding: 'utf8' }).filter((name) => name.includes('-'))
    : [];
}

/** Ends the work as soon as a line of progress says so. */
function stoppedAt(said: RegExp): Context {
  const controller = new AbortController();
  const context = recordedContext(controller.signal);
  return {
    ...context,
    progress: (line) => {
      if (said.test(line)) controller.abort();
    },
  };
}

/** An image is built in the machine, whose store this process cannot read: what comes after the build fails. */
describe('nothing half made is left', () => {
  async function failureOf(work: Promise<unknown>): Promise<string> {
    const error: unknown = await work.then(
      () => 'it succeeded',
      (reason: unknown) => reason,
    );
    return error instanceof Error ? error.message : String(error);
  }
  const leftovers = () => [...filesBelow('state'), ...filesBelow('cache')];

  test('by a build that fails; it says which derivation did, with its log', async () => {
    const inputs = await planned('failing', '{ script = "echo the reason; exit 3"; }');
    expect(await failureOf(sdImage.create(recordedContext(), inputs))).toMatch(
      /The build of \/nix\/store\/\S+-nixos-system-stand-in\.drv failed[^]*the reason[^]*`nix-store --read-log \/nix\/store\/\S+-nixos-system-stand-in\.drv`/,
    );
    expect(leftovers()).toEqual([]);
  });

  test('by a build that is stopped, which ends', async () => {
    const inputs = await planned('endless', '{ script = "echo begun; /usr/bin/sleep 4713"; }');
    expect(await failureOf(sdImage.create(stoppedAt(/begun/), inputs))).toMatch(
      /^The build of .* was stopped, because/,
    );
    expect(leftovers()).toEqual([]);
    await ended('sleep 4713');
  });

  test('by an image that was built and cannot be read', async () => {
    const inputs = await planned('unreadable', '{ script = "echo unreadable > $out"; }');
    expect(await failureOf(sdImage.create(recordedContext(), inputs))).toMatch(/cannot be read/);
    expect(nix.machine.exists(inputs.storePath ?? '')).toBe(true);
    expect(leftovers()).toEqual([]);
    await nix.machine.run('nix-collect-garbage');
    expect(nix.machine.exists(inputs.storePath ?? '')).toBe(false);
  });

  test('by an update that fails: the image that was there is kept', async () => {
    const first = await planned('kept', '{ script = "echo 1 > $out"; }');
    const gcRoot = join(home, 'state/pulumi-nixos-pi/gcroots/sd-card-1');
    await buildPlanned(recordedContext(), {
      configuration: nixConfiguration(first, '/'),
      output: { kind: 'image', variant: 'sd-card' },
      storePath: first.storePath ?? '',
      gcRoot,
    });
    const second = await planned('kept', '{ script = "echo 2 > $out"; }');
    const recorded = { ...first, gcRoot, imagePath: '', sizeBytes: 1, compressedSizeBytes: 1, sha256: 'a'.repeat(64) };
    expect(await failureOf(sdImage.update(recordedContext(), 'id', recorded, second))).toMatch(/cannot be read/);
    expect(readlinkSync(gcRoot)).toBe(first.storePath);
    await nix.machine.run('nix-collect-garbage');
    expect(nix.machine.exists(first.storePath ?? '')).toBe(true);
    expect(nix.machine.exists(second.storePath ?? '')).toBe(false);
  });
});

/** Nix' daemon ends what it built for a client that is gone. */
async function ended(command: string): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    if (!(await nix.machine.run('ps', '-eo', 'args')).includes(command)) return;
    await sleep(100);
  }
  throw new Error(`${command} still runs`);
}
