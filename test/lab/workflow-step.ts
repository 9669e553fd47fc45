import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';

const folder = path.join(import.meta.dirname, '../../examples/github-actions');

const variables = z.record(z.string(), z.string()).default({});

const workflow = z.object({
  on: z.record(z.string(), z.unknown()),
  permissions: z.record(z.string(), z.string()),
  env: variables,
  jobs: z.record(
    z.string(),
    z.object({
      if: z.string(),
      env: variables,
      concurrency: z.object({ group: z.string(), 'cancel-in-progress': z.boolean() }).optional(),
      steps: z.array(
        z.object({
          name: z.string().optional(),
          uses: z.string().optional(),
          run: z.string().optional(),
          env: variables,
        }),
      ),
    }),
  ),
});

export type Workflow = z.infer<typeof workflow>;

/** A workflow of examples/github-actions. */
export function readWorkflow(file: string): Workflow {
  return workflow.parse(parse(readFileSync(path.join(folder, file), 'utf8')));
}

/** What one step of a workflow runs, and the variables that it has then. */
export function workflowStep(
  file: string,
  job: string,
  name: string,
  secrets: Readonly<Record<string, string>>,
): { script: string; env: Record<string, string> } {
  const { env, jobs } = readWorkflow(file);
  const step = jobs[job]?.steps.find((each) => each.name === name);
  if (step?.run === undefined) throw new Error(`${file} has no step ${name} in ${job}`);
  const filled = Object.entries({ ...env, ...step.env }).map(([variable, value]) => [
    variable,
    value.replaceAll(/\$\{\{ secrets\.(\w+) \}\}/g, (_, secret: string) => secrets[secret] ?? ''),
  ]);
  return { script: step.run, env: Object.fromEntries(filled) as Record<string, string> };
}
