import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { tellFindings } from '../../../provider/handlers/deployment-preview.ts';
import { realise } from '../../../provider/nix/build.ts';
import { localClosure } from '../../../provider/nix/closure.ts';
import { evaluateSystem } from '../../../provider/nix/evaluate.ts';
import { prepareSystem } from '../../../provider/nix/deliver.ts';
import { systemBefore } from '../../../provider/nix/local-system.ts';
import { inputs, outputs } from '../../unit/handlers/deployment-samples.ts';
import { recordedContext } from '../../unit/handlers/recorded-context.ts';
import { NixMachine } from '../nix/nix-machine.ts';
import { freePort } from '../ssh/ssh-server.ts';

// A process of Nix takes a fiftieth of a second of a processor, for each of a fleet's Pis.
let nix: NixMachine;
let log: string;
let path: string | undefined;
beforeAll(async () => {
  nix = await NixMachine.start();
  path = process.env['PATH'] ?? '';
  const [programs = ''] = path.split(delimiter);
  const directory = mkdtempSync(join(nix.machine.shared, 'counted-'));
  log = join(directory, 'log');
  writeFileSync(
    join(directory, 'nix-store'),
    `#!/bin/sh\nprintf '%s\\n' "$*" >> ${log}\nexec ${programs}/nix-store "$@"\n`,
    { mode: 0o755 },
  );
  process.env['PATH'] = [directory, path].join(delimiter);
}, 300_000);
beforeEach(() => {
  rmSync(log, { force: true });
});
afterEach(() => {
  jest.restoreAllMocks();
});
afterAll(async () => {
  process.env['PATH'] = path;
  await nix.stop();
});

/** What Nix was asked since the test began, without the paths. */
const asked = () =>
  readFileSync(log, 'utf8')
    .trim()
    .split('\n')
    .map((line) => line.replaceAll(/ \/\S+/g, ' PATH'));

function system(version: string) {
  return nix.configuration(
    `system-${version}`,
    `{ script = ''
      PATH=/usr/bin:/bin; mkdir $out; echo 26.05 > $out/nixos-version
      echo \${derivation { name = "neovim-${version}"; system = builtins.currentSystem; builder = "/bin/sh"; args = [ "-c" "/usr/bin/head -c ${String(Number(version) * 1e4)} /dev/zero > $out" ]; }} > $out/packages
      head -c 40000 /dev/zero > $out/kernel; ln -s kernel $out/initrd
    ''; }`,
  );
}

async function planned(version: string) {
  const configuration = system(version);
  const { storePath } = await evaluateSystem(configuration, () => undefined);
  const gcRoot = join(nix.machine.shared, 'gcroots', version);
  return { configuration, storePath, system: 'x86_64-linux', buildOn: 'workstation' as const, gcRoot };
}

const options = {
  buildTimeoutSeconds: 60,
  compress: false,
  substituteOnTarget: false,
  copyTimeoutSeconds: 60,
  connectTimeoutSeconds: 10,
};

/** What a preview says about the packages of a Pi that does not answer. */
async function preview(before: string, after: string): Promise<string> {
  const context = recordedContext();
  const connection = { host: '127.0.0.1', port: await freePort(), user: 'nobody', hostKey: nix.pi.hostKeys.ed25519 };
  await tellFindings(
    context,
    { ...inputs, connection, storePath: after },
    { ...outputs, connection, storePath: before },
  );
  return context.lines.slice(1).join('\n');
}

describe('of a system that is in the store', () => {
  test('Nix is asked once by a preview, which tells the packages and no work', async () => {
    const [before, after] = [await planned('1.0'), await planned('2.0')];
    for (const each of [before, after]) await prepareSystem(recordedContext(), each, options);
    rmSync(log);
    expect(await preview(before.storePath, after.storePath)).toMatch(
      /^info: neovim 1\.0 → 2\.0 \(\+10 kB\)\n1 unit, file or script\n\+10 kB in all$/,
    );
    expect(asked()).toEqual(['--query --graphml PATH PATH']);
  });

  test('Nix is asked once for what it takes, which is what its own queries say', async () => {
    const plan = await planned('3.0');
    const { origin } = await prepareSystem(recordedContext(), plan, options);
    expect(asked().filter((line) => !/--(?:outputs|realise)/.test(line))).toEqual(['--query --graphml PATH']);
    expect(origin).toMatchObject({ kind: 'built here', local: { closure: await localClosure(plan.storePath) } });
  });

  test('Nix is not asked by a deployment for what its diff was told a moment before', async () => {
    const [before, after] = [await planned('6.0'), await planned('7.0')];
    for (const { configuration, gcRoot } of [before, after]) {
      const { drvPath } = await evaluateSystem(configuration, () => undefined);
      await realise(recordedContext(), drvPath, gcRoot);
    }
    await preview(before.storePath, after.storePath);
    rmSync(log);
    const { origin } = await prepareSystem(recordedContext(), after, options);
    const former = await systemBefore(before.storePath);
    expect(asked().filter((line) => line.includes('--graphml'))).toEqual([]);
    expect(former).toEqual({ path: before.storePath, closure: await localClosure(before.storePath) });
    expect(origin).toMatchObject({ kind: 'built here', local: { closure: await localClosure(after.storePath) } });
  });

  test('Nix is asked again after half a minute', async () => {
    const plan = await planned('8.0');
    await prepareSystem(recordedContext(), plan, options);
    rmSync(log);
    jest.spyOn(performance, 'now').mockReturnValue(performance.now() + 31_000);
    await prepareSystem(recordedContext(), plan, options);
    expect(asked()).toContain('--query --graphml PATH');
  });
});

test('of a system that is not built a preview tells the work', async () => {
  const [before, after] = [await planned('4.0'), await planned('5.0')];
  await prepareSystem(recordedContext(), before, options);
  expect(await preview(before.storePath, after.storePath)).toMatch(
    /^info: neovim 4\.0 → 5\.0\n[^]*\napproximate, [^\n]*\n2 derivations to build$/,
  );
  expect(asked().at(-1)).toMatch(/^--realise --dry-run /);
});
