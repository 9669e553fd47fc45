import path from 'node:path';
import { expect, jest, test } from '@jest/globals';
import { Lab } from '../../lab/lab.ts';
import { Project } from './project.ts';

jest.setTimeout(5 * 60_000);

test('the engine refreshes and destroys a state from November 2026 with today’s code', async () => {
  const lab = Lab.open();
  await lab.up();
  const project = await Project.make(lab, 'old-state', 'old');
  await project.configure(lab.card().device);
  await project.succeed(
    'stack',
    'import',
    '--file',
    path.join(import.meta.dirname, '../fixtures/state-2026-11.json'),
    '--force',
  );
  const before = (await project.state()).map(({ urn }) => urn);
  await project.succeed('refresh', '--yes', '--skip-preview');
  expect((await project.state()).map(({ urn }) => urn)).toEqual(before);
  await project.succeed('destroy', '--yes', '--skip-preview');
  expect(await project.state()).toEqual([]);
});
