import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { placesToProbe } from '../../../card-writer/capacity-probe.ts';
import { CardError } from '../../../card-writer/problem.ts';
import { parseRequest } from '../../../card-writer/request.ts';
import { isSafe, requirePlainInterpreter } from '../../../card-writer/safe-place.ts';
import { hostKeyOf, generateHostKey } from '../../../provider/card/host-key.ts';
import { networkManagerProfile } from '../../../provider/card/first-boot-files.ts';

const device = { path: '/dev/disk/by-id/usb-Reader-0:0', allow: [], maximumSizeBytes: 300e9 };
const flash = {
  protocol: 1,
  action: 'flash',
  device,
  seen: { fingerprint: '0123456789abcdef', diskSequence: 7 },
  flashId: '0c0ffee0-1234-4abc-8def-0123456789ab',
  image: { sizeBytes: 1, sha256: 'a'.repeat(64) },
  verify: true,
  deviceZeroes: false,
  files: [{ path: '/etc/ssh/key', mode: 0o600, userId: 0, groupId: 0, content: 'aGFsbG8=' }],
};

describe('a request to the card writer', () => {
  test.each<[string, object]>([
    ['inspect', { protocol: 1, action: 'inspect', device }],
    ['flash', flash],
  ])('%s is taken as it is', (_name, request) => {
    expect(parseRequest(JSON.stringify(request))).toEqual(request);
  });

  const file = flash.files[0];
  test.each<[string, unknown]>([
    ['no object', 'flash'],
    ['another action', { ...flash, action: 'erase' }],
    ['an action of every object', { ...flash, action: 'constructor' }],
    ['a field too many', { ...flash, device: { ...device, node: '/dev/sda' } }],
    ['a path with a line break', { ...flash, device: { ...device, path: '/dev/sda\n' } }],
    ['a kind that is none', { ...flash, device: { ...device, allow: ['other'] } }],
    ['no protocol', { ...flash, protocol: undefined }],
    ['a protocol in words', { ...flash, protocol: '1' }],
    ['a path longer than Linux takes', { ...flash, files: [{ ...file, path: `/${'a'.repeat(200)}`.repeat(21) }] }],
    ['no fingerprint', { ...flash, seen: {} }],
    ['a size that is no number', { ...flash, image: { ...flash.image, sizeBytes: '1' } }],
    ['a size below zero', { ...flash, image: { ...flash.image, sizeBytes: -1 } }],
    ['a file above the root', { ...flash, files: [{ ...file, path: '/etc/../../x' }] }],
    ['a file with a space, which is a command to debugfs', { ...flash, files: [{ ...file, path: '/etc/a b' }] }],
    ['a file with a setuid bit', { ...flash, files: [{ ...file, mode: 0o4755 }] }],
    ['content that is not base64', { ...flash, files: [{ ...file, content: '\n' }] }],
  ])('%s is refused', (_name, request) => {
    expect(() => parseRequest(JSON.stringify(request))).toThrow(/^The request to the card writer is malformed/);
  });

  test('a comparison has a size, and nothing to write', () => {
    const compare = { protocol: 1, action: 'compare', device, image: { sizeBytes: 4096 } };
    expect(parseRequest(JSON.stringify(compare))).toEqual(compare);
    expect(() => parseRequest(JSON.stringify({ ...compare, files: [] }))).toThrow('malformed: request');
  });

  test('one of another version says what to do', () => {
    expect(() => parseRequest(JSON.stringify({ ...flash, protocol: 2, force: true }))).toThrow(
      'This card writer speaks protocol 1, and was asked in protocol 2',
    );
  });

  test('whatever comes is a request or refused, and never told again', () => {
    const json = fc.oneof(
      fc.string(),
      fc.json(),
      fc.jsonValue().map((value) => JSON.stringify({ ...flash, files: value })),
    );
    fc.assert(
      fc.property(json, (text) => {
        try {
          expect(['inspect', 'flash']).toContain(parseRequest(text).action);
        } catch (error) {
          expect(error).toBeInstanceOf(CardError);
          expect((error as CardError).message).toMatch(
            /^The request to the card writer is malformed: [A-Za-z.[\]0-9]+\.$/,
          );
        }
      }),
      { numRuns: 1000 },
    );
  });
});

describe('what may run as root', () => {
  test.each([
    ['a file of root', { uid: 0, mode: 0o100_755 }, true],
    ['a folder like /nix/store', { uid: 0, mode: 0o41_775 }, true],
    ['a file of somebody', { uid: 1000, mode: 0o100_755 }, false],
    ['a file that a group may write', { uid: 0, mode: 0o100_775 }, false],
    ['a folder like /tmp', { uid: 0, mode: 0o41_777 }, false],
    ['a link of root, whose permissions mean nothing', { uid: 0, mode: 0o120_777 }, true],
    ['a link of somebody', { uid: 1000, mode: 0o120_777 }, false],
  ])('%s: %j: %s', (_name, facts, safe) => {
    expect(isSafe(facts)).toBe(safe);
  });

  test.each<[NodeJS.ProcessEnv, string[]]>([
    [{ NODE_OPTIONS: '--require=/tmp/x.cjs' }, []],
    [{ LD_PRELOAD: '/tmp/x.so' }, []],
    [{ OPENSSL_CONF: '/tmp/x.cnf' }, []],
    [{}, ['--import', '/tmp/x.mjs']],
  ])('not with %j %j', (environment, options) => {
    expect(() => {
      requirePlainInterpreter(environment, options);
    }).toThrow(/refuses to run as root with/);
  });
});

test.each([32e9, 40 * 1024 * 1024, 8 * 1024 * 1024])(
  'a card of %d bytes is probed all over, in order, and only inside',
  (size) => {
    const places = placesToProbe(size);
    expect(places.length).toBeGreaterThan(10);
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(places.every((place) => place % 4096 === 0 && place >= 4 * 1024 * 1024 && place < size - 64 * 1024)).toBe(
      true,
    );
    expect(places.at(-1)).toBeGreaterThan(size - 128 * 1024);
  },
);

test('a host key that somebody keeps has the public part that belongs to it', () => {
  const { privateKey, publicKey } = generateHostKey();
  expect(hostKeyOf(privateKey.trim())).toEqual({ privateKey, publicKey });
});

test.each(['', 'secret', 'ssh-ed25519 AAAA'])('%j is no host key, and is not told', (text) => {
  expect(() => hostKeyOf(text)).toThrow(/no private Ed25519 key/);
  if (text !== '') expect(() => hostKeyOf(text)).not.toThrow(new RegExp(`${text}$`));
});

describe('a wireless network', () => {
  test.each([
    ['home', 'ssid=104;111;109;101;'],
    ['a;b', 'ssid=97;59;98;'],
    ['ö', 'ssid=195;182;'],
  ])('%j is %s', (ssid, line) => {
    expect(networkManagerProfile({ ssid, psk: 'x'.repeat(8) })).toContain(`\n${line}\n`);
  });

  test('a passphrase is told as key files want it', () => {
    expect(networkManagerProfile({ ssid: 'home', psk: ' back\\slash' })).toContain('\npsk=\\sback\\\\slash\n');
  });
});
