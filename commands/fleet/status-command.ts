import type { Command } from 'commander';
import { type CommonOptions, fleetCommand } from './fleet-command.ts';

/** `npm run fleet -- status` */
export function statusCommand(): Command {
  return fleetCommand('status', 'what runs, what was deployed, what the configurations say; changes nothing').action(
    async (options: CommonOptions) => {
      const { status } = await import('./status.ts');
      await status(options);
    },
  );
}
