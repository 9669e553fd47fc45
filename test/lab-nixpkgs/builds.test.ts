import { describe, expect, test } from '@jest/globals';
import { nix } from './nix.ts';

const arm = '(import <nixpkgs> { system = "aarch64-linux"; })';

async function build(expression: string, ...options: string[]): Promise<string> {
  const result = await nix(['nix-build', '--no-out-link', ...options, '-E', expression]);
  if (result.code !== 0) throw new Error(result.stderr);
  return result.stdout;
}

async function run(...argv: string[]): Promise<string> {
  return (await nix(argv)).stdout;
}

describe('builds for aarch64-linux', () => {
  test('run an aarch64 program', async () => {
    const machine = await build(
      `${arm}.runCommand "machine" { now = builtins.currentTime; } "busybox uname -m > $out"`,
    );
    expect(await run('cat', machine)).toBe('aarch64');
  });

  test('are refused where nothing can run them', async () => {
    const attempt = build(
      `${arm}.runCommand "x" { now = builtins.currentTime; } ""`,
      '--option',
      'extra-platforms',
      '',
    );
    await expect(attempt).rejects.toThrow(
      /a 'aarch64-linux' with features \{\} is required to build '.*-x\.drv', but I am a 'x86_64-linux'/,
    );
  });

  test('a package answers as the real one does', async () => {
    const neovim = await build(`${arm}.neovim`);
    expect(neovim).toMatch(/-neovim-0\.\d+\.\d+$/);
    expect(await run(`${neovim}/bin/nvim`, '--version')).toMatch(/^NVIM v0\.\d+\.\d+\n/);
  });
});

describe('trees of packages', () => {
  test('link what one package has and merge what several have', async () => {
    const tree = await build(
      `with ${arm}; buildEnv { name = "tree"; paths = [ neovim jq neovim ]; pathsToLink = [ "/bin" ]; }`,
    );
    expect(await run('ls', tree)).toBe('bin');
    expect((await run('ls', `${tree}/bin`)).split('\n')).toStrictEqual(['jq', 'nvim']);
  });

  test('two packages with the same file are refused', async () => {
    const attempt = build(`with ${arm}; buildEnv { name = "tree"; paths = [ vim (writeScriptBin "vim" "another") ]; }`);
    await expect(attempt).rejects.toThrow('error: two given paths contain a conflicting subpath:');
  });
});

test('a closure is described in the form that nix-store --load-db reads', async () => {
  const script = 'writeShellScript "root" "exec ${jq}/bin/jq"';
  const info = await build(`with ${arm}; closureInfo { rootPaths = [ (${script}) ]; }`);
  const paths = (await run('cat', `${info}/store-paths`)).split('\n');
  expect(paths.map((path) => path.replace(/.*?-/, ''))).toEqual(expect.arrayContaining(['jq-1.8.1', 'root']));
  for (const path of paths) {
    const registered = await run('grep', '-A2', '-Fx', path, `${info}/registration`);
    const size = await run('nix-store', '-q', '--size', path);
    expect(registered.split('\n').slice(0, 3)).toStrictEqual([
      path,
      await run('nix-store', '-q', '--hash', path),
      size,
    ]);
  }
});
