import { Command, InvalidArgumentError, Option } from 'commander';

/** What every command for the fleet takes. */
export interface CommonOptions {
  /** Stacks by their names; default: all. */
  readonly only?: string;
  /** How many at a time; default: as the command sees fit. */
  readonly parallel?: number;
  readonly json?: true;
}

/** A command for the fleet, to be given its own options and its action. */
export function fleetCommand(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .option('--only <pattern>', 'stacks by their names, for example "attic-*"; default: all')
    .addOption(
      new Option('--parallel <number>', 'how many at a time; default: 4, or fewer where memory is short').argParser(
        positive,
      ),
    )
    .option('--json', 'for programs: JSON on standard output');
}

/** Parses an option that counts something. */
export function positive(text: string): number {
  if (/^[1-9]\d{0,3}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It is a number from 1 on.');
}

const bytesOfOne = 1024 ** 3;
const mostByDefault = 4;

/** How many stacks at a time where nobody says: four, or fewer where memory is short, since each may evaluate (1 GB). */
export function defaultParallel(availableBytes = process.availableMemory()): number {
  return Math.max(1, Math.min(mostByDefault, Math.floor(availableBytes / bytesOfOne)));
}
