import { expect, test } from '@jest/globals';
import { drawBars } from '../../../bench/flash/bars.ts';
import { peakOf } from '../../../bench/flash/memory.ts';

test('the figure names each way by its command, with its median and how many times as fast it is', () => {
  const article = { name: 'unzstd; dd bs=4096 conv=fsync', seconds: [9, 10, 30] };
  const svg = drawBars([article, { name: 'FlashedCard', seconds: [4] }], article);
  const texts = [...svg.matchAll(/<text[^>]*>([^<]*)</g)].map(([, text]) => text);
  expect(texts).toEqual(expect.arrayContaining(['unzstd; dd bs=4096 conv=fsync', 'FlashedCard']));
  expect(texts.find((text) => text?.startsWith('10.0 s'))).toContain('1.0 times');
  expect(texts.find((text) => text?.startsWith('4.0 s'))).toContain('2.5 times');
  // No background of its own: it is for light pages and dark ones.
  expect(svg).not.toMatch(/fill="(white|black|#fff|#000)/);
});

test.each([
  { status: 'Name:\tzstd\nVmPeak:\t   90000 kB\nVmHWM:\t    1234 kB\nVmRSS:\t    1000 kB\n', bytes: 1234 * 1024 },
  { status: '', bytes: 0 },
])('the high-water mark of a process: $bytes', ({ status, bytes }) => {
  expect(peakOf(status)).toBe(bytes);
});
