import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { chooseInterpreter } from '../../../commands/card-writer/interpreter.ts';
import { installedNode } from '../../../commands/card-writer/places.ts';

// Where only root can write.
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp('/run/nodes-');
});
afterEach(() => rm(folder, { recursive: true }));

/** A stand-in for a Node that was built by Nix. */
async function nodeOfNix(): Promise<string> {
  const facts = { version: 'v24.11.1', libraries: ['/lib64', '/nix/store/x-libuv-1.51/lib/libuv.so.1'] };
  const path = join(folder, 'node');
  const answer = `[ "$1" = --version ] && echo ${facts.version} || echo '${JSON.stringify(facts)}'`;
  await writeFile(path, `#!/bin/sh\n${answer}\n`, { mode: 0o755 });
  return path;
}

describe('the Node of the installed card writer', () => {
  test('is no copy of one that needs libraries in the Nix store', async () => {
    const own = await nodeOfNix();
    await expect(chooseInterpreter([], own)).rejects.toThrow(
      /needs \/nix\/store\/x-libuv-1\.51\/lib\/libuv\.so\.1, [^]*node_modules\/node\/bin[^]*Nothing was installed/,
    );
  });

  test('is not such a one of the system either', async () => {
    const chosen = await chooseInterpreter([await nodeOfNix()]);
    expect(chosen).toEqual({ path: installedNode, copyOf: process.execPath });
  });
});
