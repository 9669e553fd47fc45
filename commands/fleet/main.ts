// `npm run fleet -- status | preview | up | refresh | report`
import { enableCompileCache } from 'node:module';
import { Command } from 'commander';
import { messageOf } from '../../provider/errors.ts';
import { inCacheFolder } from '../../provider/values/user-folders.ts';
import { previewCommand, refreshCommand, upCommand } from './operation-commands.ts';
import { printable } from '../printable.ts';
import { reportCommand } from './report/command.ts';
import { statusCommand } from './status-command.ts';

// What a command imports when it runs is compiled once: it begins half a second earlier.
enableCompileCache(inCacheFolder('compiled'));

// Nobody reads any more (`| head`), or the disk is full: not all was told, even if it was the last line alone.
process.stdout.on('error', ({ code }: NodeJS.ErrnoException) => {
  // It may come after the code that tells more: that something is left, for example.
  if (process.exitCode === undefined || process.exitCode === 0) process.exitCode = code === 'EPIPE' ? 130 : 1;
});

const program = new Command('npm run fleet --')
  .description('All Pis of this checkout: every stack of the project.')
  .addCommand(statusCommand())
  .addCommand(previewCommand())
  .addCommand(upCommand())
  .addCommand(refreshCommand())
  .addCommand(reportCommand());

try {
  await program.parseAsync();
} catch (error) {
  console.error(printable(messageOf(error)));
  process.exitCode = 1;
}
