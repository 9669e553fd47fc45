import { z } from 'zod';

/** What the backend's history says of an update, and is fit to be shown: nothing of its config, little of its environment. */
export interface Update {
  /** Counted by the backend; 0 where it does not count. */
  readonly version: number;
  /** `update`, `refresh`, `destroy`, `import`, `rename`. */
  readonly kind: string;
  readonly message: string;
  readonly startedAt: Date;
  /** Undefined while it goes on, or where it was cut off. */
  readonly endedAt: Date | undefined;
  /** `succeeded`, `failed`, `in-progress` or, in Pulumi Cloud, `not-started`. */
  readonly result: string;
  /** How many resources, by what was done with them: `{ same: 5, update: 1 }`. */
  readonly resourceChanges: Readonly<Record<string, number>>;
  /** Author of the commit that was checked out. */
  readonly gitAuthor: string;
  /** That commit. */
  readonly gitHead: string;
  /** For example `GitHub Actions`; empty where no CI was at work. */
  readonly ciSystem: string;
}

const time = z.iso.datetime({ offset: true }).transform((text) => new Date(text));

const history = z.array(
  z
    .object({
      version: z.number().catch(0),
      kind: z.string(),
      message: z.string().catch(''),
      startTime: time,
      endTime: time.optional().catch(undefined),
      result: z.string().catch('in-progress'),
      resourceChanges: z.record(z.string(), z.number()).catch({}),
      environment: z
        .object({
          'git.author': z.string().catch(''),
          'git.head': z.string().catch(''),
          'ci.system': z.string().catch(''),
        })
        .catch({ 'git.author': '', 'git.head': '', 'ci.system': '' }),
    })
    .transform(({ version, kind, message, startTime, endTime, result, resourceChanges, environment }): Update => ({
      ...{ version, kind, message, startedAt: startTime, result, resourceChanges },
      // The CLI prints 1970 for what has not ended.
      endedAt: result === 'succeeded' || result === 'failed' ? endTime : undefined,
      gitAuthor: environment['git.author'],
      gitHead: environment['git.head'],
      ciSystem: environment['ci.system'],
    })),
);

/** Reads what `pulumi stack history --json` printed: the newest first. */
export function updatesIn(printed: unknown): Update[] {
  return history.parse(printed ?? []);
}

/** Whether an update was meant to change anything on its Pis, and did. */
export function hasChanged({ resourceChanges }: Update): boolean {
  return Object.entries(resourceChanges).some(([operation, count]) => operation !== 'same' && count > 0);
}

/** How long an update took, in seconds; undefined while it goes on. The backend tells whole seconds. */
export function secondsOf({ startedAt, endedAt }: Update): number | undefined {
  return endedAt === undefined ? undefined : (endedAt.getTime() - startedAt.getTime()) / 1000;
}
