import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { buildPlanned } from '../../../provider/nix/build.ts';
import { evaluateSystem } from '../../../provider/nix/evaluate.ts';
import { packageChanges } from '../../../provider/nix/package-changes.ts';
import { recordedContext } from '../../unit/handlers/recorded-context.ts';
import { NixMachine } from './nix-machine.ts';

let nix: NixMachine;
beforeAll(async () => {
  nix = await NixMachine.start();
}, 300_000);
afterAll(async () => {
  await nix.stop();
});

const silent = () => undefined;

/**
 * A system whose environment has these packages, each with a tool that is only needed to build it.
 *
 * @param others packages that nobody chose.
 */
function system(name: string, packages: Record<string, number>, others: Record<string, number> = {}) {
  const made = ([named, size]: [string, number]) => {
    const tool = `(make "tool-of-${named}-0.1" "echo tool > $out")`;
    return `(make "${named}" "echo \${${tool}} > /dev/null; head -c ${String(size)} /dev/zero > $out")`;
  };
  const [lines, beside] = [Object.entries(packages).map(made), Object.entries(others).map(made)];
  return nix.configuration(
    name,
    `let
      make = name: script: derivation {
        inherit name; system = builtins.currentSystem; builder = "/bin/sh"; args = [ "-c" script ]; PATH = "/usr/bin:/bin";
      };
      environment = make "system-path" "echo \${toString [ ${lines.join(' ')} ]} > $out";
    in { script = "echo \${environment} \${toString [ ${beside.join(' ')} ]} > $out"; }`,
  );
}

async function planned(...args: Parameters<typeof system>): Promise<string> {
  return (await evaluateSystem(system(...args), silent)).storePath;
}

async function built(...args: Parameters<typeof system>): Promise<string> {
  const [name] = args;
  const configuration = system(...args);
  const { storePath } = await evaluateSystem(configuration, silent);
  const gcRoot = join(nix.machine.shared, 'gcroots', name);
  await buildPlanned(recordedContext(), { configuration, output: { kind: 'toplevel' }, storePath, gcRoot });
  return storePath;
}

describe('the packages that differ', () => {
  test('are exact, with sizes, between two systems that are in the store', async () => {
    const before = await built('before', { 'neovim-0.11.5': 500_000, 'vim-9.1': 4000, 'bash-5.3': 7 });
    const after = await built('after', { 'neovim-0.11.6': 900_000, 'htop-3.4.1': 80_000, 'bash-5.3': 7 });
    const changes = await packageChanges(before, after);
    expect(changes).toMatchObject({
      approximate: false,
      changes: [
        { name: 'neovim', before: ['0.11.5'], after: ['0.11.6'], sizeDeltaBytes: 400_000 },
        { name: 'htop', before: [], after: ['3.4.1'] },
        { name: 'vim', before: ['9.1'], after: [] },
      ],
      rebuilt: 0,
    });
    expect(changes?.sizeDeltaBytes).toBeGreaterThan(475_000);
    expect(await packageChanges(before, before)).toMatchObject({ changes: [], sizeDeltaBytes: 0 });
  });

  test.each([
    ['exact', built, 1],
    ['approximate', planned, 2],
  ])('are those first that the configuration names, where they are %s', async (kind, make, version) => {
    const before = await make(`${kind}-old`, { [`vim-${String(version)}.0`]: 10 }, { 'glibc-2.40': 90_000 });
    const after = await make(`${kind}-new`, { [`vim-${String(version)}.1`]: 10 }, { 'glibc-2.41': 10 });
    const changes = await packageChanges(before, after);
    expect(changes?.approximate).toBe(kind === 'approximate');
    expect(changes?.changes.map(({ name }) => name).slice(0, 2)).toEqual(['vim', 'glibc']);
  });

  test('from a system of another machine are exact too, with the sizes that it told', async () => {
    const after = await built('elsewhere', { 'neovim-0.11.7': 900_000 });
    const theirs = [{ path: `/nix/store/${'0'.repeat(32)}-neovim-0.10.0`, narSize: 400_000 }];
    const changes = await packageChanges(theirs, after);
    expect(changes?.changes).toMatchObject([{ name: 'neovim', before: ['0.10.0'], after: ['0.11.7'] }]);
    expect(Math.round((changes?.changes[0]?.sizeDeltaBytes ?? 0) / 1e5)).toBe(5);
  });

  test('are approximate where the planned system is not built', async () => {
    const before = await built('approximate', { 'neovim-0.11.5': 50, 'bash-5.3': 7 });
    const after = await planned('unbuilt', { 'neovim-0.11.8': 50, 'bash-5.3': 7 });
    expect(nix.machine.exists(after)).toBe(false);
    const changes = await packageChanges(before, after);
    expect(changes?.approximate).toBe(true);
    expect(changes?.changes).toEqual([
      { name: 'neovim', before: ['0.11.5'], after: ['0.11.8'] },
      { name: 'tool-of-neovim', before: ['0.11.5-0.1'], after: ['0.11.8-0.1'] },
    ]);
    const theirs = [{ path: `/nix/store/${'0'.repeat(32)}-neovim-0.10.0`, narSize: 400_000 }];
    expect((await packageChanges(theirs, after))?.changes).toEqual([
      { name: 'neovim', before: ['0.10.0'], after: ['0.11.8'] },
    ]);
  });

  test('are unknown where nothing is known of a system, and when the time is over', async () => {
    const after = await planned('known', { 'neovim-0.11.5': 50 });
    expect(await packageChanges(`/nix/store/${'0'.repeat(32)}-nowhere`, after)).toBeUndefined();
    expect(await packageChanges(after, `/nix/store/${'0'.repeat(32)}-nowhere`)).toBeUndefined();
    expect(await packageChanges(after, after, { signal: AbortSignal.abort() })).toBeUndefined();
    expect(await packageChanges(after, after, { timeoutSeconds: 0 })).toBeUndefined();
  });
});
