import { existsSync, mkdtempSync, readlinkSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { sdImage } from '../../../provider/handlers/sd-image.ts';
import { makingGcRoot } from '../../../provider/nix/gc-root.ts';
import { outputs, ownRoot } from './an-image.ts';
import { recordedContext } from './recorded-context.ts';

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
    const [old, replacement] = [ownRoot('old'), ownRoot('replacement')];
    for (const root of [old, replacement]) symlinkSync(directory, root);
    await sdImage.delete(recordedContext(), 'id', { ...outputs, gcRoot: old });
    expect([old, replacement, directory].map((path) => existsSync(path))).toEqual([false, true, true]);
  });

  test("of another user's link, which stays, is destroyed as well", async () => {
    const gcRoot = join(directory, 'root');
    symlinkSync(directory, gcRoot);
    const context = recordedContext();
    await sdImage.delete(context, 'id', { ...outputs, gcRoot });
    expect([existsSync(gcRoot), context.lines]).toEqual([true, [expect.stringContaining("another user's")]]);
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
