import type { Command } from 'commander';
import type { Operation } from './engine.ts';
import { type CommonOptions, fleetCommand, positive } from './fleet-command.ts';

/** What the commands take that have the engine work. */
export interface OperationOptions extends CommonOptions {
  readonly canary?: string;
  readonly stopAfter?: number;
  readonly keepGoing?: true;
  readonly flash?: true;
  readonly expectNoChanges?: true;
}

/** `npm run fleet -- preview` */
export function previewCommand(): Command {
  return operationCommand('preview', 'what would change; changes nothing').option(
    '--expect-no-changes',
    'exit code 1 when something would change',
  );
}

/** `npm run fleet -- refresh` */
export function refreshCommand(): Command {
  return stopping(operationCommand('refresh', 'record what runs now'));
}

/** `npm run fleet -- up` */
export function upCommand(): Command {
  const command = operationCommand('up', 'deploy what is pending').option(
    '--canary <stack>',
    'deploy to this one first; the others only if it succeeds',
  );
  return stopping(command).option('--flash', 'write SD cards where a stack wants it');
}

function operationCommand(operation: Operation, description: string): Command {
  return fleetCommand(operation, description).action(async (options: OperationOptions) => {
    // The Automation API takes long to import: only who needs it waits for it.
    const { operate } = await import('./operate.ts');
    await operate(operation, options);
  });
}

/** With a say in when no further stacks are begun. */
function stopping(command: Command): Command {
  return command
    .option('--stop-after <number>', 'begin no further ones after so many that failed; default: 1', positive)
    .option('--keep-going', 'begin further ones, however many failed');
}
