import PQueue from 'p-queue';
import { messageOf } from '../../provider/errors.ts';
import { stackNames } from '../pulumi-cli.ts';
import { type Display, displayOf } from './display.ts';
import { type CommonOptions, defaultParallel } from './fleet-command.ts';
import { desiredPath, lookAtPi } from './look.ts';
import type { StackRecord } from './pi-record.ts';
import { type PiStatus, statusOf, statusRows } from './pi-status.ts';
import { printableJson } from '../printable.ts';
import { type ProjectConfig, readProjectConfig } from './project-config.ts';
import { readRecord } from './records.ts';
import { shownHost } from './secret-host.ts';
import { printTable } from './table.ts';
import { chosen } from './waves.ts';

/** Shows how each Pi of the chosen stacks stands. */
export async function status({ only, parallel, json }: CommonOptions): Promise<void> {
  const stacks = chosen(await stackNames(), only);
  const display = displayOf(stacks, { json: json === true, lines: 'none' });
  const statuses = await fleetStatus(
    stacks,
    await readProjectConfig(process.cwd()),
    parallel ?? defaultParallel(),
    display,
  );
  display.close();
  if (json === true) console.log(printableJson(statuses));
  else printTable(['stack', 'host', 'state', 'generation', ''], statusRows(statuses));
}

/** How each Pi of the stacks stands. Records are read some at a time; all Pis are asked side by side. */
export async function fleetStatus(
  stacks: readonly string[],
  project: ProjectConfig,
  parallel: number,
  display: Pick<Display, 'know' | 'tell' | 'end'>,
): Promise<PiStatus[]> {
  const reading = new PQueue({ concurrency: parallel });
  const statuses = stacks.map(async (stack) => {
    const found = await reading.add(() => recordOrReason(stack, project, display));
    const result = await statusesOf(stack, found, project, display);
    display.end({ stack, result: 'done' });
    return result;
  });
  return (await Promise.all(statuses)).flat();
}

async function recordOrReason(
  stack: string,
  project: ProjectConfig,
  display: Pick<Display, 'know' | 'tell'>,
): Promise<StackRecord | string> {
  display.tell(stack, { kind: 'status', phase: 'reading its record', text: '' });
  try {
    const record = await readRecord(stack, project);
    display.know(record);
    return record;
  } catch (error) {
    return messageOf(error);
  }
}

async function statusesOf(
  stack: string,
  found: StackRecord | string,
  project: ProjectConfig,
  display: Pick<Display, 'tell'>,
): Promise<PiStatus[]> {
  if (typeof found === 'string') return [statusOf({ stack, unread: found })];
  const { pis, config } = found;
  if (pis.length === 0) return [statusOf({ stack })];
  return Promise.all(
    pis.map(async (record) => {
      display.tell(stack, { kind: 'status', urn: record.urn, phase: 'looking for it', text: shownHost(record) });
      const [desired, running] = await Promise.all([desiredPath(stack, record, config, project), lookAtPi(record)]);
      return statusOf({ stack, record, desired, running });
    }),
  );
}
