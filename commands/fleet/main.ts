// `npm run fleet -- status | preview | up | refresh`
import { userInfo } from 'node:os';
import Table from 'cli-table3';
import { Command, Option } from 'commander';
import PQueue from 'p-queue';
import { messageOf } from '../../provider/errors.ts';
import { stackNames } from '../pulumi-cli.ts';
import { type Operation, exportedState } from './engine.ts';
import { desiredPath, lookAtPi } from './look.ts';
import { isLeft, outcomeRow } from './outcome.ts';
import { type PiRecord, piRecords } from './pi-record.ts';
import { type PiStatus, statusOf, statusRow } from './pi-status.ts';
import { evaluateAll, runFleet } from './run.ts';
import { chosen, waves } from './waves.ts';

interface Chosen {
  readonly only?: string;
  readonly parallel: number;
  readonly json?: true;
}
interface Updating extends Chosen {
  readonly canary?: string;
  readonly keepGoing?: true;
  readonly flash?: true;
}

const project = process.cwd();

async function recordsOf(stacks: readonly string[], parallel: number): Promise<Map<string, PiRecord[]>> {
  const queue = new PQueue({ concurrency: parallel });
  const found = await queue.addAll(
    stacks.map((stack) => async () => [stack, piRecords(await exportedState(stack, project))] as const),
  );
  return new Map(found);
}

async function status({ only, parallel, json }: Chosen): Promise<void> {
  const records = await recordsOf(chosen(await stackNames(), only), parallel);
  const entries = [...records].flatMap(([stack, pis]): [string, PiRecord | undefined][] =>
    pis.length === 0 ? [[stack, undefined]] : pis.map((record) => [stack, record]),
  );
  const statuses = await Promise.all(entries.map(([stack, record]) => statusOfPi(stack, record)));
  if (json === true) console.log(JSON.stringify(statuses, undefined, 2));
  else print(['stack', 'host', 'state', 'generation', ''], statuses.map(statusRow));
}

async function statusOfPi(stack: string, record: PiRecord | undefined): Promise<PiStatus> {
  if (record === undefined) return statusOf({ stack, record, desired: undefined, running: undefined });
  const [desired, running] = await Promise.all([desiredPath(record, project), lookAtPi(record)]);
  return statusOf({ stack, record, desired, running });
}

async function operate(operation: Operation, options: Updating): Promise<void> {
  const stacks = chosen(await stackNames(), options.only);
  const order = waves(stacks, options.canary);
  if (operation !== 'refresh') {
    const records = await recordsOf(stacks, options.parallel);
    await evaluateAll([...records.values()].flat(), project);
  }
  const outcomes = await runFleet(operation, order, {
    project,
    parallel: options.parallel,
    keepGoing: options.keepGoing ?? operation === 'preview',
    flash: options.flash ?? operation === 'preview',
    message: `fleet ${operation} by ${userInfo().username}`,
    tell: (stack, line) => {
      if (options.json !== true) console.log(`${stack}: ${line}`);
    },
  });
  if (options.json === true) console.log(JSON.stringify(outcomes, undefined, 2));
  else print(['stack', 'result', '', ''], outcomes.map(outcomeRow));
  if (outcomes.some(isLeft)) process.exitCode = 1;
}

const frameless = {
  ...{ top: '', 'top-mid': '', 'top-left': '', 'top-right': '', bottom: '', 'bottom-mid': '', 'bottom-left': '' },
  ...{ 'bottom-right': '', left: '', 'left-mid': '', mid: '', 'mid-mid': '', right: '', 'right-mid': '', middle: '  ' },
};

function print(head: string[], rows: string[][]): void {
  const table = new Table({
    head,
    chars: frameless,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  });
  table.push(...rows);
  console.log(table.toString());
}

const program = new Command('npm run fleet --').description('All Pis of this checkout: every stack of the project.');

function fleetCommand(name: string, description: string): Command {
  return program
    .command(name)
    .description(description)
    .option('--only <pattern>', 'stacks by their names, for example "attic-*"; default: all')
    .addOption(
      new Option('--parallel <number>', 'how many at a time').default(4).argParser((text) => {
        if (/^[1-9]\d{0,3}$/.test(text)) return Number(text);
        throw new Error(`--parallel ${text} is no number from 1 on`);
      }),
    )
    .option('--json', 'for programs');
}

fleetCommand('status', 'what runs, what was deployed, what the configurations say; changes nothing').action(status);
fleetCommand('preview', 'what would change; changes nothing').action((options: Updating) =>
  operate('preview', options),
);
fleetCommand('refresh', 'record what runs now').action((options: Updating) => operate('refresh', options));
fleetCommand('up', 'deploy what is pending')
  .option('--canary <stack>', 'deploy to this one first; the others only if it succeeds')
  .option('--keep-going', 'begin further ones although some failed')
  .option('--flash', 'write SD cards where a stack wants it')
  .action((options: Updating) => operate('up', options));

try {
  await program.parseAsync();
} catch (error) {
  console.error(messageOf(error));
  process.exitCode = 1;
}
