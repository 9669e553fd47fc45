// `npm run fleet -- status | preview | up | refresh`
import { Command } from 'commander';
import { messageOf } from '../../provider/errors.ts';
import { previewCommand, refreshCommand, upCommand } from './operation-commands.ts';
import { statusCommand } from './status-command.ts';

const program = new Command('npm run fleet --')
  .description('All Pis of this checkout: every stack of the project.')
  .addCommand(statusCommand())
  .addCommand(previewCommand())
  .addCommand(upCommand())
  .addCommand(refreshCommand());

try {
  await program.parseAsync();
} catch (error) {
  console.error(messageOf(error));
  process.exitCode = 1;
}
