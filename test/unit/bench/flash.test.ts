import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { drawBars } from '../../../bench/bars.ts';
import { descendantsOf, peakOf } from '../../../bench/memory.ts';

test('the figure names each way by its command, with its median and how many times as fast it is', () => {
  const article = { name: 'unzstd; dd bs=4096 conv=fsync', seconds: [9, 10, 30] };
  const svg = drawBars([article, { name: 'FlashedCard', seconds: [4] }], article, {
    title: 'Seconds, less is better',
    isOurs: (name) => name === 'FlashedCard',
  });
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

test("a process' descendants are found, whichever of its threads started them", async () => {
  const starter = `
    import { spawn } from 'node:child_process';
    import { Worker, isMainThread } from 'node:worker_threads';
    if (isMainThread) new Worker(new URL(import.meta.url));
    else console.log(spawn('sleep', ['60'], { stdio: 'ignore' }).pid);
    setInterval(() => {}, 1000);
  `;
  const folder = mkdtempSync(path.join(tmpdir(), 'threads-'));
  writeFileSync(path.join(folder, 'starter.mjs'), starter);
  const started = spawn(process.execPath, [path.join(folder, 'starter.mjs')], { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    const [said] = (await once(started.stdout, 'data')) as [Buffer];
    const sleeper = Number(said.toString());
    expect(descendantsOf(process.pid)).toEqual(expect.arrayContaining([started.pid, sleeper]));
    expect(descendantsOf(process.pid, started.pid)).not.toContain(sleeper);
    process.kill(sleeper);
  } finally {
    started.kill();
    rmSync(folder, { recursive: true });
  }
});
