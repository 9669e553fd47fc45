import { existsSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { sdImage, type SdImageInputs, type SdImageOutputs } from '../../../provider/handlers/sd-image.ts';
import { recordedContext } from './recorded-context.ts';
import { without } from './without.ts';

const hash = 'md1mnxv6sp1913rpvx80mmz99fr6d6ij';
const inputs: SdImageInputs = {
  configuration: 'hosts/kitchen/sd-card.nix',
  variant: 'sd-card',
  system: 'aarch64-linux',
  storePath: `/nix/store/${hash}-nixos-image`,
  filePath: 'sd-image/nixos-image-sd-card-26.05-aarch64-linux.img.zst',
  toplevel: `/nix/store/${hash}-nixos-system`,
  evaluatedSystem: 'aarch64-linux',
};
const outputs: SdImageOutputs = {
  ...inputs,
  imagePath: '/nowhere/image.img.zst',
  sizeBytes: 2,
  compressedSizeBytes: 1,
  sha256: 'a'.repeat(64),
};

describe('a change of an image', () => {
  test.each<[string, Partial<SdImageInputs>, string[], boolean]>([
    ['nothing', {}, [], false],
    ['another store path', { storePath: `/nix/store/${hash}-other` }, [], true],
    ['another file with the same result', { configuration: 'hosts/renamed.nix' }, [], false],
    ['another search path with the same result', { nixPath: ['nixpkgs=/n'] }, [], false],
    ['what is not known yet', {}, ['storePath'], true],
  ])('%s', async (_name, change, unknown, changes) => {
    expect(await sdImage.diff(outputs, { ...inputs, ...change }, unknown, recordedContext())).toEqual({ changes });
  });
});

describe('the inputs of an image', () => {
  test('have defaults', () => {
    expect(sdImage.schema.parse(without(inputs, 'variant', 'system'))).toEqual(inputs);
  });

  test.each<[string, object]>([
    ['a variant that is Nix code', { variant: '${x}' }],
    ['a variant with a quote', { variant: 'a"b' }],
    ['no store path', { storePath: '/tmp/x' }],
    ['an empty file', { filePath: '' }],
    ['an unknown input', { compress: true }],
  ])('%s is refused', (_name, change) => {
    expect(sdImage.schema.safeParse({ ...inputs, ...change }).success).toBe(false);
  });

  test('for another system are refused before anything is built', async () => {
    const failures = await sdImage.validate?.(
      recordedContext(),
      { ...inputs, evaluatedSystem: 'x86_64-linux' },
      inputs,
    );
    expect(failures).toEqual([{ property: 'configuration', reason: expect.stringMatching(/x86_64-linux.*aarch64/) }]);
  });
});

describe('an image that was built', () => {
  const before = process.env['XDG_STATE_HOME'];
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'sd-image-'));
    process.env['XDG_STATE_HOME'] = directory;
  });
  afterEach(() => {
    rmSync(directory, { recursive: true });
    if (before === undefined) delete process.env['XDG_STATE_HOME'];
    else process.env['XDG_STATE_HOME'] = before;
  });

  test('stays in the state when the file is gone, with a warning', async () => {
    const context = recordedContext();
    expect(await sdImage.read(context, 'id', outputs)).toEqual(outputs);
    expect(context.lines).toEqual([
      expect.stringMatching(/^warning: \/nowhere\/image\.img\.zst .*pulumi up --replace 'urn:[^' ]+'`\.$/),
    ]);
  });

  test('is left to the garbage collector when it is destroyed; the image that replaced it is not', async () => {
    const [old, replacement] = [join(directory, 'old'), join(directory, 'replacement')];
    for (const root of [old, replacement]) symlinkSync(directory, root);
    await sdImage.delete(recordedContext(), 'id', { ...outputs, gcRoot: old });
    expect([old, replacement, directory].map((path) => existsSync(path))).toEqual([false, true, true]);
  });

  test('of a state from before links were recorded is destroyed as well', async () => {
    await expect(sdImage.delete(recordedContext(), 'id', outputs)).resolves.toBeUndefined();
  });
});
