import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { buildPlanned, realise } from '../../../provider/nix/build.ts';
import type { FileConfiguration } from '../../../provider/nix/configuration.ts';
import { evaluateImage, evaluateSystem } from '../../../provider/nix/evaluate.ts';
import { recordedContext } from '../../unit/handlers/recorded-context.ts';
import { NixMachine } from './nix-machine.ts';

let nix: NixMachine;
beforeAll(async () => {
  nix = await NixMachine.start();
}, 300_000);
afterAll(async () => {
  await nix.stop();
});

const run = (...argv: string[]) => nix.machine.run(...argv);
const root = (name: string) => join(nix.machine.shared, 'gcroots', name);
const messageOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'it succeeded',
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
const silent = () => undefined;

async function planned(configuration: FileConfiguration, name: string) {
  const { storePath } = await evaluateSystem(configuration, silent);
  return { configuration, output: { kind: 'toplevel' as const }, storePath, gcRoot: root(name) };
}

describe('an evaluation', () => {
  test('gives the store path that a build then makes, and builds nothing', async () => {
    const configuration = nix.configuration('fine', '{ }');
    const system = await evaluateSystem(configuration, silent);
    expect(system).toEqual({
      storePath: expect.stringMatching(/^\/nix\/store\/[a-z0-9]{32}-nixos-system-stand-in$/),
      drvPath: expect.stringMatching(/-nixos-system-stand-in\.drv$/),
      system: expect.stringMatching(/-linux$/),
      kernelVersion: null,
      hostName: null,
    });
    expect(nix.machine.exists(system.storePath)).toBe(false);
    await buildPlanned(recordedContext(), await planned(configuration, 'fine'));
    expect(nix.machine.exists(system.storePath)).toBe(true);
  });

  test('of an image gives the file in it, and the system that it boots', async () => {
    const configuration = nix.configuration('image', '{ system = "aarch64-linux"; }');
    const image = await evaluateImage(configuration, 'sd-card', silent);
    const { storePath } = await evaluateSystem(configuration, silent);
    expect(image).toMatchObject({ filePath: 'sd-image/pi.img', toplevel: storePath, system: 'aarch64-linux' });
  });

  test('that needs a derivation built goes on to build that one', async () => {
    const script =
      'derivation { name = "script"; system = builtins.currentSystem; builder = "/bin/sh"; args = [ "-c" "echo echo x \\\\> \\\\$out > $out" ]; }';
    const configuration = nix.configuration('import-from-derivation', `{ script = builtins.readFile (${script}); }`);
    expect((await evaluateSystem(configuration, silent)).storePath).toMatch(/nixos-system-stand-in$/);
  });

  test('tells its warnings', async () => {
    const warnings: string[] = [];
    const text = '{ script = builtins.warn "be careful" (builtins.trace "warning: old style" "echo > $out"); }';
    await evaluateSystem(nix.configuration('warns', text), (warning) => warnings.push(warning));
    expect(warnings).toEqual(['be careful', 'old style']);
  });

  test.each<[string, string, RegExp]>([
    [
      'a syntax error, with file and line',
      '{\n  script = ;\n}\n',
      /syntax error, unexpected ';'\n[^]*failing\.nix:2:12/,
    ],
    [
      'a failed assertion',
      '{ script = throw "\\nFailed assertions:\\n- The ‘fileSystems’ option does not specify your root file system."; }',
      /error:\n\s+Failed assertions:[^]*what to do: [^\n]*Import \.\/hardware-configuration/,
    ],
    [
      'no nixos-hardware',
      '{ script = import <nixos-hardware/raspberry-pi/4>; }',
      /what to do: The nixos-hardware channel is missing on THIS machine/,
    ],
    [
      'no hardware configuration',
      '{ script = import ./hardware-configuration.nix; }',
      /what to do: [^\n]*Fetch it from the Pi first/,
    ],
  ])('that fails says why, without the trace: %s', async (_name, text, message) => {
    const said = await messageOf(evaluateSystem(nix.configuration('failing', text), silent));
    expect(said).toMatch(
      /^The NixOS configuration .*failing\.nix cannot be evaluated\.\n {2}tried: nix-instantiate -I nixos-config=/,
    );
    expect(said).toMatch(message);
    expect(said).not.toContain('while evaluating');
  });

  test('without nixpkgs says where to name it', async () => {
    const configuration = { ...nix.configuration('no-nixpkgs', '{ }'), nixPath: [] };
    expect(await messageOf(evaluateSystem(configuration, silent))).toMatch(
      /what to do: [^\n]*Name nixpkgs in `nixPath`/,
    );
  });
});

describe('a build', () => {
  test('tells its progress and keeps the result from the garbage collector', async () => {
    const context = recordedContext();
    const plan = await planned(nix.configuration('kept', '{ script = "echo working; echo kept > $out"; }'), 'kept');
    await buildPlanned(context, plan);
    expect(context.lines.join('\n')).toMatch(
      /progress: evaluating .*kept\.nix\n[^]*progress: 0 of 1 built; building nixos-system-stand-in\n[^]*; building nixos-system-stand-in: working/,
    );
    await run('nix-collect-garbage');
    expect(nix.machine.exists(plan.storePath)).toBe(true);
  });

  test('of a configuration that changed since the plan does nothing', async () => {
    const plan = await planned(nix.configuration('changing', '{ script = "echo 1 > $out"; }'), 'changing');
    nix.configuration('changing', '{ script = "echo 2 > $out"; }');
    const message = await messageOf(buildPlanned(recordedContext(), plan));
    expect(message).toMatch(
      /changed since it was planned: the plan showed \/nix\/store\/.*, it now gives \/nix\/store\/[^]*Nothing was done/,
    );
    expect(nix.machine.exists(plan.storePath)).toBe(false);
  });

  test('that fails gives the end of its log, not all of it', async () => {
    const script = 'i=0; while [ $i -lt 200 ]; do i=$((i+1)); echo line $i; done; echo the reason >&2; exit 3';
    const plan = await planned(nix.configuration('broken', `{ script = ''${script}''; }`), 'broken');
    const message = await messageOf(buildPlanned(recordedContext(), plan));
    expect(message).toMatch(/^The build of \/nix\/store\/.*\.drv failed\.\n {2}tried: nix-store --realise/);
    expect(message).toMatch(/line 200\n\s+the reason\n\s+error: builder for '.*' failed with exit code 3/);
    expect(message).not.toContain('line 100\n');
    expect(message).toMatch(/what to do: See the whole log with `nix-store --read-log \/nix\/store\/[^`]*\.drv`, mend/);
  });

  test('for another machine says how this one can build for it', async () => {
    const plan = await planned(nix.configuration('foreign', '{ system = "riscv64-linux"; }'), 'foreign');
    expect(await messageOf(buildPlanned(recordedContext(), plan))).toMatch(
      /is required to build[^]*what to do: This machine cannot build for the Pi\..*boot\.binfmt/,
    );
  });

  test('that is killed says so', async () => {
    const plan = await planned(nix.configuration('killed', '{ script = "kill -KILL $$"; }'), 'killed');
    expect(await messageOf(buildPlanned(recordedContext(), plan))).toMatch(
      /signal 9[^]*what to do: [^\n]*ran out of memory/,
    );
  });

  test('whose Nix is killed says so', async () => {
    const plan = await planned(
      nix.configuration('orphan', '{ script = "echo begun; /usr/bin/sleep 4713"; }'),
      'orphan',
    );
    const context = recordedContext();
    const kill = {
      ...context,
      progress: (line: string) => {
        if (line.endsWith(': begun')) void nix.machine.run('pkill', '-KILL', '-f', `nix-store .*${plan.gcRoot}`);
      },
    };
    expect(await messageOf(buildPlanned(kill, plan))).toMatch(
      /^The build of .*\.drv was broken off: nix-store was ended by SIGKILL\.\n {2}it said:\n\s+begun\n {2}what to do: Run `pulumi up` again: what was built/,
    );
    await nix.machine.run('pkill', '-f', 'sleep 4713');
  });

  test('that takes too long is ended, and says what gives it more time', async () => {
    const plan = await planned(nix.configuration('endless', '{ script = "/usr/bin/sleep 4712"; }'), 'endless');
    expect(await messageOf(buildPlanned(recordedContext(), { ...plan, timeoutSeconds: 3 }))).toMatch(
      /^The build of .* did not end within 3 s and was stopped\.[^]*buildTimeoutSeconds/,
    );
    expect(await nix.machine.run('ps', '-eo', 'args')).not.toContain('sleep 4712');
  });

  test('waits for memory before it evaluates once more', async () => {
    const plan = await planned(nix.configuration('bound', '{ }'), 'bound');
    process.env['NIXOS_PI_PARALLEL_EVALUATIONS'] = 'none';
    const message = await messageOf(buildPlanned(recordedContext(), plan));
    delete process.env['NIXOS_PI_PARALLEL_EVALUATIONS'];
    expect(message).toMatch(/NIXOS_PI_PARALLEL_EVALUATIONS is "none", which is no number of evaluations/);
  });

  test('is stopped by a cancellation', async () => {
    const controller = new AbortController();
    const context = recordedContext(controller.signal);
    const plan = await planned(nix.configuration('endless', '{ script = "echo begun; sleep 600"; }'), 'endless');
    const stop = {
      ...context,
      progress: (line: string) => {
        if (line.endsWith(': begun')) controller.abort();
      },
    };
    expect(await messageOf(buildPlanned(stop, plan))).toMatch(/was stopped, because the operation was cancelled/);
  });
});

test('a store path that nobody can make is an error', async () => {
  const path = '/nix/store/00000000000000000000000000000000-nowhere';
  expect(await messageOf(realise(recordedContext(), path, root('nowhere')))).toMatch(
    /^The build of .*-nowhere failed\./,
  );
});
