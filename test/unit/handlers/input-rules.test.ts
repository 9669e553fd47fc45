import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { identityFileFailures, systemFailures } from '../../../provider/handlers/input-rules.ts';

describe('what a configuration is for', () => {
  test.each<[string, object]>([
    ['the wanted system', { evaluatedSystem: 'aarch64-linux', system: 'aarch64-linux' }],
    ['not known yet', { system: 'aarch64-linux' }],
    ['wanted is not known yet', { evaluatedSystem: 'x86_64-linux' }],
  ])('%s is no failure', (_name, inputs) => {
    expect(systemFailures(inputs)).toEqual([]);
  });

  test('another system is one, with the line that is missing', () => {
    const [failure, ...others] = systemFailures({ evaluatedSystem: 'x86_64-linux', system: 'aarch64-linux' });
    expect(others).toEqual([]);
    expect(failure?.property).toBe('configuration');
    expect(failure?.reason).toMatch(/x86_64-linux.*aarch64-linux.*nixpkgs\.hostPlatform = "aarch64-linux";/);
  });
});

describe('a key file', () => {
  let directory: string;
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'key-'));
    writeFileSync(join(directory, 'key'), '');
  });
  afterAll(() => {
    rmSync(directory, { recursive: true });
  });

  test('that is there is no failure, nor is none, nor a connection that is not known yet', async () => {
    expect(await identityFileFailures({ host: 'x', identityFile: join(directory, 'key') })).toEqual([]);
    expect(await identityFileFailures({ host: 'x' })).toEqual([]);
    expect(await identityFileFailures(undefined)).toEqual([]);
  });

  test('that is a folder is one', async () => {
    expect(await identityFileFailures({ identityFile: directory })).toEqual([
      { property: 'connection.identityFile', reason: `${directory} is no file with a private key` },
    ]);
  });

  test('that is not there is one, also before the host key is known', async () => {
    const file = join(directory, 'absent');
    expect(await identityFileFailures({ identityFile: file })).toEqual([
      { property: 'connection.identityFile', reason: `the key file ${file} does not exist or cannot be read` },
    ]);
  });
});
