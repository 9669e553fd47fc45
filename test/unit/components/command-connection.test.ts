import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as pulumi from '@pulumi/pulumi';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import ssh2 from 'ssh2';
import { commandConnection, resolveConnection } from '../../../components/command-connection.ts';
import { ProgramStandIns } from './program-stand-ins.ts';

const hostKey = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f';
const passphrase = { passphrase: 'hush', cipher: 'aes256-ctr', rounds: 1 };

let programs: ProgramStandIns;
beforeEach(() => {
  programs = new ProgramStandIns({});
});
afterEach(() => {
  programs.remove();
});

function makeKey(name: string, options?: typeof passphrase): string {
  const file = join(programs.directory, name);
  // An Ed25519 pair of ssh2 is malformed once in 256 times.
  writeFileSync(file, ssh2.utils.generateKeyPairSync('ecdsa', { bits: 256, ...options }).private);
  return file;
}

function connectionOf(): Promise<Record<string, unknown>> {
  return new Promise((resolve) => {
    pulumi.output(commandConnection({ host: 'kitchen.local', hostKey })).apply((connection) => {
      resolve({ ...connection });
    });
  });
}

test('a check gets the first key that has no passphrase', async () => {
  const [locked, absent, open] = [makeKey('locked', passphrase), join(programs.directory, 'absent'), makeKey('open')];
  programs.identityFiles(locked, absent, open);
  expect((await connectionOf())['privateKey']).toBe(readFileSync(open, 'utf8'));
});

test('a key with a passphrase is left to the agent', async () => {
  programs.identityFiles(makeKey('locked', passphrase));
  expect(await connectionOf()).not.toHaveProperty('privateKey');
});

test('a Pi behind another host has no checks, and what to use instead is said', async () => {
  programs.proxyJump('bastion');
  await expect(resolveConnection({ host: 'kitchen.local', hostKey })).rejects.toThrow(
    /^Checks cannot be run on kitchen\.local[^]*`healthChecks`/,
  );
});
