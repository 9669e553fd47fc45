import { z } from 'zod';
import { type PiRecord, stackRecord } from '../pi-record.ts';
import type { StackConfig } from '../project-config.ts';
import type { RecordedFacts } from './report.ts';

/** A Pi of a stack, as the stack's state knows it. */
export interface RecordedPi {
  readonly record: PiRecord;
  readonly facts: RecordedFacts;
}

const resource = z.object({
  urn: z.string(),
  type: z.string(),
  modified: z.string().optional(),
  outputs: z.record(z.string(), z.unknown()).default({}),
});
const state = z.object({ deployment: z.object({ resources: z.array(resource).default([]) }).nullish() });
type Resource = z.infer<typeof resource>;

// Whatever is a secret is no text in a state, but an object: so it is left out.
const text = z.string().catch('');
const deployment = z.object({
  storePath: text,
  previousStorePath: text,
  generation: z.number().catch(0),
  kernel: text,
  rebootNeeded: z.boolean().optional().catch(undefined),
  freeBytes: z.number().optional().catch(undefined),
  runningMachineId: text,
});
const hardware = z.object({ machineId: text, boardModel: text });

/**
 * The Pis in what `pulumi stack export` printed: one for each NixosDeployment, by their names.
 *
 * @param config of the stack; see `stackRecord`.
 */
export function recordedPis(stack: string, exported: string, config: StackConfig | undefined): RecordedPi[] {
  const resources = state.parse(JSON.parse(exported)).deployment?.resources ?? [];
  const boards = ofType(resources, 'HardwareConfig').map(({ outputs }) => hardware.parse(outputs));
  return stackRecord(stack, exported, config).pis.flatMap((record) => {
    const resource = resources.find(({ urn }) => urn === record.urn);
    if (resource === undefined) return [];
    const { runningMachineId, ...facts } = deployment.parse(resource.outputs);
    const board = boards.find(({ machineId }) => machineId !== '' && machineId === runningMachineId);
    return [{ record, facts: { ...facts, boardModel: board?.boardModel ?? '', changedAt: timeOf(resource.modified) } }];
  });
}

function ofType(resources: readonly Resource[], name: string): Resource[] {
  return resources.filter(({ type }) => type.endsWith(`:${name}`));
}

function timeOf(written = ''): Date | undefined {
  const time = new Date(written);
  return Number.isNaN(time.getTime()) ? undefined : time;
}
