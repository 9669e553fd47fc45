import { describe, expect, test } from '@jest/globals';
import { type FlashedCardOutputs, flashedCard } from '../../../provider/handlers/flashed-card.ts';
import type { FlashedCardInputs } from '../../../provider/handlers/flashed-card-inputs.ts';
import { sealOf } from '../../../provider/card/last-step.ts';
import { firstBootOf } from '../../../provider/handlers/flash-guards.ts';
import type { Context } from '../../../provider/context.ts';
import { without } from '../handlers/without.ts';
import { recordedContext } from '../handlers/recorded-context.ts';

const inputs: FlashedCardInputs = {
  device: '/dev/disk/by-id/usb-Reader-0:0',
  imagePath: '/nix/store/x/pi.img.zst',
  imageSha256: 'a'.repeat(64),
  imageSizeBytes: 2_000_000_000,
  allow: [],
  verify: true,
  maximumSizeBytes: 300e9,
  deviceZeroes: true,
  insertTimeoutSeconds: 600,
  reflash: 'never',
  files: [],
};
const outputs: FlashedCardOutputs = {
  ...without(inputs, 'files'),
  flashId: '0c0ffee0-1234-4abc-8def-0123456789ab',
  writtenBytes: inputs.imageSizeBytes,
  writtenSha256: inputs.imageSha256,
  hostPublicKey: 'ssh-ed25519 AAAA',
  verified: true,
  identity: { sizeBytes: 32_000_000_000 },
};

function silentContext(log: string[] = []): Context {
  return {
    log: { info: (message) => log.push(message), warn: (message) => log.push(message) },
    progress: () => undefined,
    signal: new AbortController().signal,
    urn: undefined,
  };
}

describe('a flashed card', () => {
  test.each<[string, Partial<FlashedCardInputs>]>([
    ['nothing', {}],
    ['a new image', { imagePath: '/nix/store/y/pi.img.zst', imageSha256: 'b'.repeat(64), imageSizeBytes: 1 }],
    ['another reader', { device: '/dev/disk/by-id/usb-Other-0:0' }],
    [
      'consent and checks',
      { erase: '0123456789abcdef', verify: false, allow: ['loop'], serial: '1', expectedSizeBytes: 1 },
    ],
  ])('%s changes nothing on it', (_name, change) => {
    expect(flashedCard.diff(outputs, { ...inputs, ...change }, [], recordedContext())).toEqual({ changes: false });
  });

  test('an image that is not known yet changes nothing on it', () => {
    const { device } = inputs;
    expect(
      flashedCard.diff(outputs, { device }, ['imagePath', 'imageSha256', 'imageSizeBytes'], recordedContext()),
    ).toEqual({
      changes: false,
    });
  });

  const again = { changes: true, replaces: ['generation'] };
  test.each<[string, FlashedCardInputs['generation'], FlashedCardInputs['generation'], object]>([
    ['given for the first time', undefined, 1, again],
    ['another one', 1, 2, again],
    ['the same one', 'x', 'x', { changes: false }],
    ['taken away', 1, undefined, { changes: false }],
  ])('generation %s', (_name, before, now, expected) => {
    const with_ = <T extends object>(values: T, generation: FlashedCardInputs['generation']): T =>
      generation === undefined ? values : { ...values, generation };
    expect(flashedCard.diff(with_(outputs, before), with_(inputs, now), [], recordedContext())).toEqual(expected);
  });

  test('a generation that is not known yet may be another one', () => {
    expect(flashedCard.diff(outputs, inputs, ['generation'], recordedContext())).toMatchObject({ changes: true });
  });

  test('refresh, update and destroy leave it alone', async () => {
    const log: string[] = [];
    const context = silentContext(log);
    expect(await flashedCard.read(context, outputs.flashId, outputs)).toEqual(outputs);
    expect(
      await flashedCard.update(context, outputs.flashId, outputs, { ...inputs, erase: '0123456789abcdef' }),
    ).toEqual(outputs);
    await flashedCard.delete(context, outputs.flashId, outputs);
    expect(log).toEqual([expect.stringContaining('stays as it is')]);
  });

  test('one that exists already needs no device to be looked at', async () => {
    const elsewhere = { ...inputs, device: '/dev/disk/by-id/not-there' };
    expect(await flashedCard.validate?.(silentContext(), elsewhere, inputs, [])).toEqual([]);
    expect(await flashedCard.validate?.(silentContext(), {}, undefined, [])).toEqual([]);
    // A replacement is checked once more, as a new one; a generation that came back after it was left out is none.
    const again = { ...elsewhere, device: '/dev/sda', generation: 2 };
    expect(await flashedCard.validate?.(silentContext(), again, inputs, [])).toEqual([]);
  });

  test.each<[string, object, string]>([['a host key that is none', { hostPrivateKey: 'swordfish' }, 'hostPrivateKey']])(
    '%s is refused before anything is built or waited for',
    async (_name, change, property) => {
      const failures = await flashedCard.validate?.(silentContext(), { ...inputs, ...change }, undefined, []);
      expect(failures?.map((failure) => failure.property)).toEqual([property]);
      expect(JSON.stringify(failures)).not.toContain('swordfish');
    },
  );

  test.each<[string, object, RegExp]>([
    [
      'more files than go to the card at once',
      { files: Array(501).fill({ path: '/a', content: '' }) },
      /more than 500/,
    ],
    ['more in files', { files: [{ path: '/a', content: 'x'.repeat(2 ** 21 + 1) }] }, /more than 2 MiB/],
    ['yes instead of a fingerprint', { erase: true }, /must be the fingerprint/],
  ])('%s is refused', (_name, change, says) => {
    expect(flashedCard.schema.safeParse({ ...inputs, ...change }).error?.issues[0]?.message).toMatch(says);
  });

  test('what its device may be is waited for', async () => {
    for (const key of ['allow', 'maximumSizeBytes'])
      expect(
        await flashedCard.validate?.(silentContext(), { ...inputs, device: '/dev/sda' }, undefined, [key]),
      ).toEqual([]);
  });

  test('what is put on it is known again, however its keys are ordered, and anything else is not', () => {
    const file = { path: '/a', content: 'x', mode: '0600', userId: 0, groupId: 0 };
    const wanted = { wifi: { ssid: 'attic', psk: 'correct horse' }, files: [file] };
    const fromStruct = {
      files: [{ content: 'x', groupId: 0, mode: '0600', path: '/a', userId: 0 }],
      wifi: { psk: 'correct horse', ssid: 'attic' },
    };
    const seal = (secrets: object): string => sealOf(firstBootOf(secrets), 'salt');
    expect(seal(fromStruct)).toBe(seal(wanted));
    const others = [
      { ...wanted, wifi: { ssid: 'correct horse', psk: 'attic' } },
      { ...wanted, files: [{ ...file, mode: '0644' }] },
      { ...wanted, files: [] },
      { files: [file] },
      { ...wanted, hostPrivateKey: 'key' },
    ];
    expect(others.map(seal)).not.toContain(seal(wanted));
    expect(new Set(others.map(seal)).size).toBe(others.length);
  });

  test.each([
    ['/dev/null', 'is no stable name'],
    ['/dev/sda', 'is no stable name'],
    ['/dev/../etc/passwd', 'is no stable name'],
    ['/dev/disk/../../etc/passwd', 'is no stable name'],
    ['/dev/disk/by-id/../../sda', 'is no stable name'],
    ['/dev/disk/by-id/usb-x\n', 'is no stable name'],
    ['/dev/sda\nx', 'is no stable name'],
    ['/etc/passwd', 'is no stable name'],
    ['/dev/fd/0', 'is no stable name'],
  ])('a new one on %j is refused', async (device, reason) => {
    const failures = await flashedCard.validate?.(silentContext(), { ...inputs, device }, undefined, []);
    expect(failures).toEqual([{ property: 'device', reason: expect.stringContaining(reason) }]);
  });

  test('a reader without a card is nothing that a preview waits for', async () => {
    const log: string[] = [];
    const device = '/dev/disk/by-id/not-there';
    expect(await flashedCard.validate?.(silentContext(log), { ...inputs, device }, undefined, [])).toEqual([]);
    expect(log).toEqual([expect.stringMatching(/no card in .*not-there yet.*will wait/)]);
  });

  test('is not written, nor looked at, by a run that writes none', async () => {
    process.env['NIXOS_PI_FLASH'] = 'never';
    try {
      const [failure, ...others] = (await flashedCard.validate?.(silentContext(), inputs, undefined, [])) ?? [];
      expect([failure?.reason, others]).toEqual([expect.stringContaining('this run writes none'), []]);
      // A card that was written is none of its business.
      expect(await flashedCard.validate?.(silentContext(), inputs, inputs, [])).toEqual([]);
    } finally {
      delete process.env['NIXOS_PI_FLASH'];
    }
  });

  test('an up waits for a card only so long', async () => {
    const late = { ...inputs, device: '/dev/disk/by-id/not-there', insertTimeoutSeconds: 0.01 };
    await expect(flashedCard.create(silentContext(), late)).rejects.toThrow(/no card in .*not-there within 0.01 s/);
  });

  test.each<[string, Partial<FlashedCardInputs>, object]>([
    ['a new image', { imageSha256: 'b'.repeat(64) }, { changes: true, replaces: ['imageSha256'] }],
    ['the same image', {}, { changes: false }],
  ])('with reflash: "onImageChange", %s', (_name, change, expected) => {
    const now = { ...inputs, reflash: 'onImageChange' as const, ...change };
    expect(flashedCard.diff(outputs, now, [], recordedContext())).toEqual(expected);
  });

  test.each<[string, object]>([
    ['a relative device', { device: 'sdb' }],
    ['a device elsewhere', { device: '/tmp/card' }],
    ['a relative image', { imagePath: 'pi.img' }],
    ['a short hash', { imageSha256: 'abc' }],
    ['no size', { imageSizeBytes: 0 }],
    ['an unknown kind', { allow: ['other'] }],
    ['consent to whatever is there', { erase: true }],
    ['a short Wi-Fi passphrase', { wifi: { ssid: 'home', psk: 'short' } }],
    ['a file out of the root', { files: [{ path: '/etc/../x', content: '' }] }],
    ['an unknown input', { overwrite: true }],
  ])('the schema refuses %s', (_name, change) => {
    expect(flashedCard.schema.safeParse({ ...inputs, ...change }).success).toBe(false);
  });

  test('the schema fills in what is safe', () => {
    const { device, imagePath, imageSha256, imageSizeBytes } = inputs;
    expect(flashedCard.schema.parse({ device, imagePath, imageSha256, imageSizeBytes })).toEqual(inputs);
  });
});
