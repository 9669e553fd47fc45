import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { Lab } from '../../lab/lab.ts';
import { previewNothing } from '../projects.ts';
import type { Project } from '../projects.ts';
import type { Recorded } from './recorder.ts';

/** One more preview, not timed: what its Node.js processes, the program and the provider, did when. A line for each. */
export async function previewTimeline(lab: Lab, project: Project): Promise<string[]> {
  const folder = path.join(lab.instance.directory, 'bench/record');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const recorder = path.join(lab.instance.project, 'bench/preview/recorder.ts');
  const began = Date.now();
  await previewNothing(lab, project, { NODE_OPTIONS: `--import=${recorder}`, NODE_BENCH_RECORD: folder });
  const events = readdirSync(folder).flatMap((pid) => readRecords(folder, pid));
  return events
    .filter(({ text }) => !isDependency(text))
    .toSorted((a, b) => a.from - b.from)
    .map(({ pid, text, from, to }) => {
      const times = [(from - began) / 1000, (to - from) / 1000].map((seconds) => seconds.toFixed(2).padStart(6));
      return `  ${times.join(' ')}  ${pid.padStart(6)} ${text.replace(/\s+/g, ' ').slice(0, 110)}`;
    });
}

function readRecords(folder: string, pid: string): (Recorded & { readonly pid: string })[] {
  const lines = readFileSync(path.join(folder, pid), 'utf8').trimEnd().split('\n');
  return lines.map((line) => ({ pid, ...(JSON.parse(line) as Recorded) }));
}

/** What a module outside of this project loads is part of whatever asked for that module. */
function isDependency(text: string): boolean {
  return /^require .* in .*\/node_modules\//.test(text);
}
