import { describe, expect, test } from '@jest/globals';
import ssh2 from 'ssh2';
import { decodeMarker, encodeMarker } from '../../../card-writer/unfinished-marker.ts';
import { describeNextStep, describeTransfer, transferProgress } from '../../../provider/card/transfer-progress.ts';
import { alignedBuffer } from '../../../card-writer/claimed-device.ts';
import { generateHostKey } from '../../../provider/card/host-key.ts';

describe('marker of an unfinished flash', () => {
  const id = '0c0ffee0-1234-4abc-8def-0123456789ab';

  const marker = { flashId: id, imageSha256: '0123456789abcdef'.repeat(4) };

  test('is found again', () => {
    expect(decodeMarker(encodeMarker(marker))).toEqual(marker);
    const { flashId } = marker;
    expect(decodeMarker(encodeMarker({ flashId }))).toEqual({ flashId });
    for (const at of [200, 446, 510, 4095]) {
      const changed = encodeMarker(marker);
      changed[at] = 1;
      expect(decodeMarker(changed)).toBeUndefined();
    }
  });

  test('of old, without an image, is found too', () => {
    expect(
      decodeMarker(Buffer.concat([Buffer.from(`pulumi-nixos-pi unfinished flash ${id}\n`), Buffer.alloc(4096)])),
    ).toEqual({ flashId: id });
  });

  test('is no boot record', () => {
    expect([...encodeMarker(marker).subarray(510, 512)]).toEqual([0, 0]);
  });

  test.each([
    ['a blank card', Buffer.alloc(4096)],
    ['another text', Buffer.from('pulumi-nixos-pi unfinished flash by hand\n\0')],
    ['a marker that is followed by something else', Buffer.from(`pulumi-nixos-pi unfinished flash ${id}\nx`)],
    ['nothing', Buffer.alloc(0)],
  ])('is not seen in %s', (_name, head) => {
    expect(decodeMarker(head)).toBeUndefined();
  });
});

describe('progress', () => {
  test.each([
    [0, 0, 'writing: 0 MB of 2000 MB (0 %)'],
    [500e6, 10, 'writing: 500 MB of 2000 MB (25 %), 50 MB/s, 30 s left'],
    [2000e6, 40, 'writing: 2000 MB of 2000 MB (100 %), 50 MB/s'],
  ])('%d bytes after %d s', (done, seconds, expected) => {
    expect(describeTransfer('writing', done, 2000e6, seconds)).toBe(expected);
  });

  test('is told at most twice a second, and always at the end', () => {
    const told: string[] = [];
    let now = 0;
    const advance = transferProgress(
      'writing',
      100,
      (message) => told.push(message),
      () => now,
    );
    for (let done = 1; done <= 100; done += 1) {
      now += 20;
      advance(done);
    }
    expect(told).toHaveLength(5);
    expect(told.at(-1)).toMatch(/100 %/);
  });
});

test.each([
  [true, 'the one in /dev/sdx is ready and was ejected.'],
  [false, 'the one in /dev/sdx is ready. If the desktop has mounted it meanwhile, unmount it first.'],
])('what is to be done with a finished card, ejected: %s', (ejected, words) => {
  expect(describeNextStep('/dev/sdx', { ejected })).toBe(`Put the card into the Pi and switch it on: ${words}`);
});

describe('host key', () => {
  test('has two parts that belong together', () => {
    const { privateKey, publicKey } = generateHostKey();
    expect(publicKey).toMatch(/^ssh-ed25519 AAAA[A-Za-z0-9+/]+={0,2}$/);
    expect(privateKey.endsWith('-----END OPENSSH PRIVATE KEY-----\n')).toBe(true);
    const parsed = ssh2.utils.parseKey(privateKey);
    if (parsed instanceof Error) throw parsed;
    expect(publicKey).toBe(`ssh-ed25519 ${parsed.getPublicSSH().toString('base64')}`);
  });

  test('is always whole: without its zero bytes, as one of 256 would be, sshd refuses it', () => {
    for (let made = 0; made < 3000; made += 1) {
      const { privateKey, publicKey } = generateHostKey();
      expect(Buffer.from(publicKey.split(' ')[1] ?? '', 'base64')).toHaveLength(51);
      expect(ssh2.utils.parseKey(privateKey)).not.toBeInstanceOf(Error);
    }
  });

  test('is another one each time', () => {
    expect(generateHostKey().publicKey).not.toBe(generateHostKey().publicKey);
  });
});

test('aligned buffers have exactly the size that was asked for', () => {
  expect([4096, 65_536, 65_537, 4_194_304].map((size) => alignedBuffer(size).length)).toEqual([
    4096, 65_536, 65_537, 4_194_304,
  ]);
});
