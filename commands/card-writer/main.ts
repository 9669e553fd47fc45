// `npm run card-writer -- install | uninstall`
import { userInfo } from 'node:os';
import { Command, Option } from 'commander';
import type { DeviceKind } from '../../card-writer/device-facts.ts';
import { otherKinds } from '../../card-writer/request.ts';
import { messageOf } from '../../provider/errors.ts';
import { installCardWriter, uninstallCardWriter } from './install.ts';

const program = new Command('npm run card-writer --').description(
  'The card writer that root runs for users who may not open a card reader themselves. It writes to card slots and USB disks only.',
);
const tell = (line: string): void => {
  console.log(line);
};

program
  .command('install')
  .description("put it where only root can change it, with a rule for sudo; asks for sudo's password once")
  .option('--user <name>', 'who may run it', userInfo().username)
  .addOption(
    new Option('--allow <kind...>', 'devices beside USB ones and card slots that it may write to, for all its users')
      .choices(otherKinds)
      .default([]),
  )
  .action(({ user, allow }: { user: string; allow: DeviceKind[] }) => installCardWriter(user, allow, tell));

program.command('uninstall').description('take it away, and every rule for it').action(uninstallCardWriter);

try {
  await program.parseAsync();
} catch (error) {
  console.error(messageOf(error));
  process.exitCode = 1;
}
