import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { recordFlashed } from '../../../provider/card/flashed-record.ts';
import { fileIdentity } from '../../../provider/handlers/file-identity.ts';
import { sdImage, type SdImageInputs, type SdImageOutputs } from '../../../provider/handlers/sd-image.ts';
import { hash, inputs, outputs, ownRoot } from './an-image.ts';
import { recordedContext } from './recorded-context.ts';
import { without } from './without.ts';

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

/** What a card was written with. */
function flashedWith({ sha256, generation }: SdImageOutputs) {
  return { imageSha256: sha256, generation };
}

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
    if (flashed !== false) await recordFlashed(recordedContext().urn, flashedWith(outputs));
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
    await recordFlashed(recordedContext().urn, flashedWith(outputs));
    const found = await sdImage.diff(
      { ...beforeRebuild, imagePath: imageFile() },
      { ...inputs, ...change },
      [],
      recordedContext(),
    );
    expect(found).toEqual({ changes });
  });

  test('in a state from before images were built when needed: one that is gone, for another flash', async () => {
    const found = await sdImage.diff(beforeRebuild, { ...inputs, generation: 2 }, [], recordedContext());
    expect(found).toEqual({ changes: true });
  });

  test('for another flash is no other form of the same generation', async () => {
    expect(await differenceIn({ recorded: { generation: 2 }, inputs: { generation: '2' } })).toMatchObject({
      changes: false,
    });
  });

  test('is made when the flash that it is for is still to come, also if another stack, or an earlier flash, had it', async () => {
    const image = { ...outputs, generation: 2, imagePath: imageFile() };
    const context = { ...recordedContext(), urn: 'urn:pulumi:attic::nixos-pi::x::attic' };
    const isAwaited = async () =>
      (await sdImage.diff(image, { ...inputs, ...newer, generation: 2 }, [], context)).changes;
    await recordFlashed('urn:pulumi:kitchen::nixos-pi::x::kitchen', flashedWith(image));
    await recordFlashed(context.urn, { imageSha256: image.sha256, generation: 1 });
    expect(await isAwaited()).toBe(true);
    await recordFlashed('urn:pulumi:attic::nixos-pi::y::card', flashedWith(image));
    expect(await isAwaited()).toBe(false);
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

  const failuresOf = (change: Partial<SdImageInputs>, previous?: SdImageInputs, unknown: string[] = []) =>
    sdImage.validate?.(recordedContext(), { ...inputs, ...change }, previous, unknown);

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
    expect(await failuresOf(change, { ...inputs, ...change, imageFileIdentity: '5-1' })).toEqual([]);
    const other = { ...change, imageFile: '/nowhere-else.img' };
    expect(await failuresOf(other, { ...inputs, ...change })).toEqual([
      { property: 'imageFile', reason: expect.stringContaining('cannot be read') },
    ]);
  });

  test('a file that another resource will make may have a hash', async () => {
    expect(await failuresOf({ imageFileSha256: 'a'.repeat(64) }, undefined, ['imageFile'])).toEqual([]);
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
    const gcRoot = ownRoot();
    symlinkSync(directory, gcRoot);
    const made = await sdImage.update(recordedContext(), 'id', { ...outputs, gcRoot }, await inputsOf(imageFile()));
    expect([existsSync(gcRoot), made.gcRoot]).toEqual([false, undefined]);
  });
});
