import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readlinkSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { recordFlashed } from '../../../provider/card/flashed-record.ts';
import { fileIdentity } from '../../../provider/handlers/file-identity.ts';
import { sdImage, type SdImageInputs, type SdImageOutputs } from '../../../provider/handlers/sd-image.ts';
import { makingGcRoot } from '../../../provider/nix/gc-root.ts';
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
  rebuild: 'whenFlashed',
};
const outputs: SdImageOutputs = {
  ...inputs,
  imagePath: '/nowhere/image.img.zst',
  sizeBytes: 2,
  compressedSizeBytes: 1,
  sha256: 'a'.repeat(64),
  compressedSha256: 'b'.repeat(64),
};
const beforeRebuild = without(outputs, 'rebuild', 'compressedSha256') as SdImageOutputs;
const newer = { storePath: `/nix/store/${hash}-newer` };

const before = process.env['XDG_STATE_HOME'];
let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sd-image-'));
  process.env['XDG_STATE_HOME'] = join(directory, 'state');
});
afterEach(() => {
  rmSync(directory, { recursive: true });
  if (before === undefined) delete process.env['XDG_STATE_HOME'];
  else process.env['XDG_STATE_HOME'] = before;
});

/** A file with an image's name and some content. */
function imageFile(name = 'pi.img', text = 'NixOS'): string {
  writeFileSync(join(directory, name), text);
  return join(directory, name);
}

describe('a change of an image', () => {
  interface World {
    readonly recorded?: Partial<SdImageOutputs>;
    readonly inputs?: Partial<SdImageInputs>;
    readonly unknown?: string[];
    readonly flashed?: boolean;
    readonly here?: boolean;
  }

  async function differenceIn({ recorded = {}, inputs: change = {}, unknown = [], flashed, here }: World) {
    const context = recordedContext();
    const known = { ...outputs, ...recorded, ...(here !== false && { imagePath: imageFile() }) };
    if (flashed !== false) await recordFlashed(outputs.sha256);
    const { changes } = await sdImage.diff(known, { ...inputs, ...change }, unknown, context);
    return { changes, lines: context.lines };
  }

  test.each<[string, World, boolean]>([
    ['nothing', {}, false],
    ['another file with the same result', { inputs: { configuration: 'hosts/renamed.nix' } }, false],
    ['another search path with the same result', { inputs: { nixPath: ['nixpkgs=/n'] } }, false],
    ['a first generation', { inputs: { generation: 1 } }, true],
    ['another generation', { recorded: { generation: 1 }, inputs: { generation: 2 } }, true],
    ['the same generation', { recorded: { generation: 1 }, inputs: { generation: 1 } }, false],
    ['a generation that was taken out', { recorded: { generation: 1 } }, false],
    ['a generation that is not known yet', { unknown: ['generation'] }, true],
    ['a newer image, to be built at each change', { inputs: { ...newer, rebuild: 'onChange' } }, true],
    ['building at each change, when there is none', { inputs: { rebuild: 'onChange' } }, false],
    ['a newer image, when no card has the one that is here', { inputs: newer, flashed: false }, true],
    ['an image that is not known, when no card has the one here', { unknown: ['storePath'], flashed: false }, true],
    ['an image that is not known, when a card has the one here', { unknown: ['storePath'] }, false],
    ['an image that is gone, when a card has it', { here: false }, false],
    ['an image that is on another machine', { here: false, flashed: false }, false],
    ['a newer image and a generation, gone or not', { inputs: { ...newer, generation: 1 }, here: false }, true],
  ])('%s', async (_name, world, changes) => {
    expect(await differenceIn(world)).toEqual({ changes, lines: [] });
  });

  test.each<[string, World]>([
    ['a newer image, when a card has the one that is here', { inputs: newer }],
    ['a newer image, where nobody knows of a flash, and none is here', { inputs: newer, flashed: false, here: false }],
  ])('%s: is one line', async (_name, world) => {
    expect(await differenceIn(world)).toEqual({
      changes: false,
      lines: [
        expect.stringMatching(/^info: A newer image is available, not built: \/nix\/store\/.*-newer\. .*`generation`/),
      ],
    });
  });

  test('an image that was collected before a card was written is made again, where it was made', async () => {
    const gcRoot = join(directory, 'root');
    symlinkSync('/nix/store/gone', gcRoot);
    expect(await differenceIn({ recorded: { gcRoot }, here: false, flashed: false })).toMatchObject({ changes: true });
    expect(await differenceIn({ recorded: { gcRoot }, here: false })).toMatchObject({ changes: false });
  });

  test.each<[string, Partial<SdImageInputs>, boolean]>([
    ['nothing', {}, false],
    ['a generation, which it was flashed with', { generation: 2 }, false],
    ['a newer image for another flash', { ...newer, generation: 2 }, true],
    ['a newer image', newer, false],
  ])('in a state from before images were built when needed: %s', async (_name, change, changes) => {
    await recordFlashed(outputs.sha256);
    const found = await sdImage.diff(beforeRebuild, { ...inputs, ...change }, [], recordedContext());
    expect(found).toEqual({ changes });
  });

  describe('that is a file', () => {
    const recorded = {
      ...without(outputs, 'configuration', 'storePath', 'filePath', 'evaluatedSystem'),
      imageFile: 'pi.img',
      imageFileIdentity: '5-1',
    } as SdImageOutputs;
    const file = without(recorded, 'imagePath', 'sizeBytes', 'compressedSizeBytes', 'sha256', 'compressedSha256');

    test.each<[string, Partial<SdImageInputs>, boolean]>([
      ['as it was', {}, false],
      ['under another name', { imageFile: 'other.img' }, false],
      ['written anew', { imageFileIdentity: '5-2' }, true],
      ['gone', { imageFileIdentity: undefined }, false],
      ['declared as it is', { imageFileSha256: 'B'.repeat(64) }, false],
      ['declared as another', { imageFileSha256: 'c'.repeat(64) }, true],
    ])('%s', async (_name, change, changes) => {
      const found = { ...recorded, imagePath: imageFile() };
      const wishes = { ...file, ...change } as SdImageInputs;
      expect(await sdImage.diff(found, wishes, [], recordedContext())).toEqual({ changes });
    });

    test('in place of a configuration', async () => {
      const found = { ...outputs, imagePath: imageFile() };
      expect(await sdImage.diff(found, file as SdImageInputs, [], recordedContext())).toEqual({ changes: true });
    });
  });
});

describe('the inputs of an image', () => {
  test('have defaults', () => {
    expect(sdImage.schema.parse(without(inputs, 'variant', 'system', 'rebuild'))).toEqual(inputs);
  });

  test.each<[string, object]>([
    ['a variant that is Nix code', { variant: '${x}' }],
    ['a variant with a quote', { variant: 'a"b' }],
    ['no store path', { storePath: '/tmp/x' }],
    ['an empty file', { filePath: '' }],
    ['an unknown input', { compress: true }],
    ['a hash that is none', { imageFileSha256: 'abc' }],
    ['a word that is none', { rebuild: 'always' }],
  ])('%s is refused', (_name, change) => {
    expect(sdImage.schema.safeParse({ ...inputs, ...change }).success).toBe(false);
  });

  const failuresOf = (change: Partial<SdImageInputs>, previous?: SdImageInputs) =>
    sdImage.validate?.(recordedContext(), { ...inputs, ...change }, previous);

  test('for another system are refused before anything is built', async () => {
    expect(await failuresOf({ evaluatedSystem: 'x86_64-linux' }, inputs)).toEqual([
      { property: 'configuration', reason: expect.stringMatching(/x86_64-linux.*aarch64/) },
    ]);
  });

  test.each<[string, Partial<SdImageInputs>, string, RegExp]>([
    ['a file beside a configuration', { imageFile: 'pi.img' }, 'imageFile', /beside a configuration/],
    ['the hash of no file', { imageFileSha256: 'a'.repeat(64) }, 'imageFileSha256', /without `imageFile`/],
    [
      'a file that is not there',
      { configuration: undefined, imageFile: '/nowhere.img' },
      'imageFile',
      /cannot be read/,
    ],
    ['a file that is no image', { configuration: undefined, imageFile: '/etc/hosts' }, 'imageFile', /neither a zstd/],
  ])('%s is refused', async (_name, change, property, reason) => {
    expect((await failuresOf(change))?.[0]).toEqual({ property, reason: expect.stringMatching(reason) });
  });

  test('a file that was flashed long ago need not be there any more', async () => {
    const change = { configuration: undefined, imageFile: '/nowhere.img' };
    expect(await failuresOf(change, { ...inputs, ...change })).toEqual([]);
  });
});

describe('an image file', () => {
  const sha256 = createHash('sha256').update('NixOS').digest('hex');

  async function inputsOf(path: string, more: Partial<SdImageInputs> = {}): Promise<SdImageInputs> {
    const { variant, system, rebuild } = inputs;
    const identity = await fileIdentity(path);
    return { variant, system, rebuild, toplevel: '', imageFile: path, imageFileIdentity: identity, ...more };
  }

  test('is taken as it is, with its hashes', async () => {
    const path = imageFile();
    const wishes = await inputsOf(path, { imageFileSha256: sha256.toUpperCase() });
    const { id, outputs: made } = await sdImage.create(recordedContext(), wishes);
    expect(id).toBe(path);
    expect(made).toEqual({
      ...wishes,
      imagePath: path,
      sizeBytes: 5,
      compressedSizeBytes: 5,
      sha256,
      compressedSha256: sha256,
    });
    expect(await sdImage.diff(made, wishes, [], recordedContext())).toEqual({ changes: false });
  });

  test('that is not the declared one is refused', async () => {
    const wishes = await inputsOf(imageFile(), { imageFileSha256: 'c'.repeat(64) });
    await expect(sdImage.create(recordedContext(), wishes)).rejects.toThrow(
      new RegExp(`its SHA-256 is ${sha256}, not c{64}\\.\\n {2}what to do: Nothing was done`),
    );
  });

  test('that changed since the plan is refused', async () => {
    const path = imageFile();
    const wishes = await inputsOf(path);
    utimesSync(path, 1, 1);
    await expect(sdImage.create(recordedContext(), wishes)).rejects.toThrow('changed since it was planned');
  });

  test('in place of a built image lets the garbage collector have that', async () => {
    const gcRoot = join(directory, 'root');
    symlinkSync(directory, gcRoot);
    const made = await sdImage.update(recordedContext(), 'id', { ...outputs, gcRoot }, await inputsOf(imageFile()));
    expect([existsSync(gcRoot), made.gcRoot]).toEqual([false, undefined]);
  });
});

describe('an image that was built', () => {
  test('stays in the state when the file is gone, with a warning', async () => {
    const context = recordedContext();
    expect(await sdImage.read(context, 'id', outputs)).toEqual(outputs);
    expect(context.lines).toEqual([
      expect.stringMatching(
        /^warning: \/nowhere\/image\.img\.zst .*nothing needs it.*pulumi up --replace 'urn:[^' ]+'`\.$/,
      ),
    ]);
  });

  test('that is gone before the first flash is said to be made again', async () => {
    const context = recordedContext();
    const gcRoot = join(directory, 'root');
    symlinkSync('/nix/store/gone', gcRoot);
    await sdImage.read(context, 'id', { ...outputs, gcRoot });
    expect(context.lines).toEqual([expect.stringMatching(/the next `pulumi up` makes it again/)]);
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

  test.each([
    ['that was there keeps what it kept', '/nix/store/old'],
    ['that was not there is not there', undefined],
  ])('a root %s, when the work fails', async (_name, target) => {
    const gcRoot = join(directory, 'root');
    if (target !== undefined) symlinkSync(target, gcRoot);
    const failing = makingGcRoot(gcRoot, () => {
      rmSync(gcRoot, { force: true });
      symlinkSync('/nix/store/new', gcRoot);
      return Promise.reject(new Error('damaged'));
    });
    await expect(failing).rejects.toThrow('damaged');
    if (target === undefined) expect(() => readlinkSync(gcRoot)).toThrow('ENOENT');
    else expect(readlinkSync(gcRoot)).toBe(target);
  });
});
