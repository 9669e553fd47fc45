import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { hasNoFiles } from '../../../card-writer/fat-directory.ts';

test('a boot sector that says anything at all is not read outside of its card, nor taken for an empty file system', async () => {
  const sectors = fc.uint8Array({ minLength: 512, maxLength: 512 });
  await fc.assert(
    fc.asyncProperty(fc.constantFrom('fat', 'exfat'), sectors, async (type, sector) => {
      const asked: { offset: number; length: number }[] = [];
      const isEmpty = await hasNoFiles(type, (offset, length) => {
        asked.push({ offset, length });
        return Promise.resolve(offset === 0 ? Buffer.from(sector) : Buffer.alloc(0));
      });
      for (const { offset, length } of asked) {
        expect(Number.isSafeInteger(offset) && offset >= 0).toBe(true);
        expect(length).toBeLessThanOrEqual(1024 * 1024);
      }
      expect(isEmpty).toBe(false);
    }),
    { numRuns: 2000 },
  );
});
