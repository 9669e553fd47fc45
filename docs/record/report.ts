// `npm run record:report`: has the test of the report run, and makes docs/fleet-report-*.png of its screenshots.
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';

const docs = path.dirname(import.meta.dirname);

/** What the documents show, of the screenshots by their colours and widths. */
const pictures = {
  'report-light-1200.png': 'fleet-report-light.png',
  'report-dark-1200.png': 'fleet-report-dark.png',
  'report-light-360.png': 'fleet-report-phone.png',
};

const folder = await mkdtemp(path.join(tmpdir(), 'report-'));
try {
  const jest = ['run', 'jest', '--', '--selectProjects', 'fleet', '--', 'test/lab/fleet-report.test.ts'];
  await execa('npm', jest, { cwd: path.dirname(docs), env: { NIXOS_PI_SCREENSHOTS: folder }, stdio: 'inherit' });
  for (const [taken, shown] of Object.entries(pictures)) {
    await copyFile(path.join(folder, taken), path.join(docs, shown));
    console.log(`docs/${shown}`);
  }
} finally {
  await rm(folder, { recursive: true });
}
