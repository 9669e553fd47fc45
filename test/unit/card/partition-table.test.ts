import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parsePartitionTable, rootPartition, sectorBytes } from '../../../card-writer/partition-table.ts';

interface Entry {
  type: number;
  bootable?: boolean;
  start: number;
  sectors: number;
}

function bootRecord(entries: readonly Entry[]): Uint8Array {
  const record = Buffer.alloc(sectorBytes);
  entries.forEach(({ type, bootable = false, start, sectors }, index) => {
    const at = 446 + index * 16;
    record.writeUInt8(bootable ? 0x80 : 0, at);
    record.writeUInt8(type, at + 4);
    record.writeUInt32LE(start, at + 8);
    record.writeUInt32LE(sectors, at + 12);
  });
  record.writeUInt16LE(0xaa55, 510);
  return record;
}

const firmware: Entry = { type: 0x0b, start: 16_384, sectors: 61_440 };
const root: Entry = { type: 0x83, bootable: true, start: 77_824, sectors: 100_000 };

describe('partition table', () => {
  test('a NixOS card image has a firmware and a root partition', () => {
    expect(parsePartitionTable(bootRecord([firmware, root]))).toEqual([
      { number: 1, type: 0x0b, bootable: false, startBytes: 8_388_608, sizeBytes: 31_457_280 },
      { number: 2, type: 0x83, bootable: true, startBytes: 39_845_888, sizeBytes: 51_200_000 },
    ]);
  });

  test.each([
    ['zeros', new Uint8Array(512)],
    ['too short', bootRecord([root]).subarray(0, 511)],
    ['nothing', new Uint8Array(0)],
  ])('no boot record: %s', (_name, bytes) => {
    expect(parsePartitionTable(bytes)).toBeUndefined();
  });

  test('entries come back as they were written, and unused ones not at all', () => {
    const entry = fc.record({
      type: fc.integer({ min: 0, max: 255 }),
      bootable: fc.boolean(),
      start: fc.integer({ min: 0, max: 0xffff_ffff }),
      sectors: fc.integer({ min: 0, max: 0xffff_ffff }),
    });
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 4 }), (entries) => {
        const parsed = parsePartitionTable(bootRecord(entries)) ?? [];
        const used = entries
          .map((one, index) => ({ ...one, number: index + 1 }))
          .filter(({ type, sectors }) => type !== 0 && sectors > 0);
        expect(parsed).toEqual(
          used.map(({ number, type, bootable, start, sectors }) => ({
            number,
            type,
            bootable,
            startBytes: start * sectorBytes,
            sizeBytes: sectors * sectorBytes,
          })),
        );
      }),
    );
  });

  test('any bytes are read without an exception', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 1024 }), (bytes) => Array.isArray(parsePartitionTable(bytes) ?? [])),
    );
  });
});

describe('root partition', () => {
  const enough = 200_000 * sectorBytes;

  test('is the Linux one', () => {
    expect(rootPartition(bootRecord([firmware, root]), enough).number).toBe(2);
    expect(rootPartition(bootRecord([firmware, { ...root, bootable: false }]), enough).number).toBe(2);
  });

  test('is the bootable one of several', () => {
    expect(rootPartition(bootRecord([{ ...root, bootable: false }, firmware, root]), enough).number).toBe(3);
  });

  test.each([
    ['no boot record', new Uint8Array(512), enough, 'no Linux partition'],
    ['firmware only', bootRecord([firmware]), enough, 'no Linux partition'],
    ['a GPT', bootRecord([{ type: 0xee, start: 1, sectors: 199_999 }]), enough, 'no Linux partition'],
    [
      'two, none bootable',
      bootRecord([
        { ...root, bootable: false },
        { ...root, bootable: false },
      ]),
      enough,
      'cannot be told',
    ],
    ['a cut off image', bootRecord([firmware, root]), 50_000_000, 'ends at byte 91045888'],
  ])('cannot be told from %s', (_name, record, size, message) => {
    expect(() => rootPartition(record, size)).toThrow(message);
  });
});
