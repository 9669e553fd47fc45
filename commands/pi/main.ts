// `npm run pi -- new NAME`
import { Command, Option } from 'commander';
import { messageOf } from '../../provider/errors.ts';
import { type NewPiOptions, newPi } from './new.ts';

const boards: Readonly<Record<string, string>> = { '3': '3', '4': '4', 'zero-2-w': '3' };
const tell = (line: string): void => {
  console.log(line);
};

const program = new Command('npm run pi --').description(
  'Pis of this checkout: each is a folder below hosts/ and a stack.',
);
program
  .command('new')
  .description('make the files and the stack of a Pi that is to be flashed')
  .argument('<name>', 'of the stack, the folder and the host')
  .option('--host <host>', 'host name or address; default: NAME.local')
  .option('--card <device>', 'the card reader, a name below /dev/disk/by-id or by-path; default: the cards are listed')
  .option('--user <name>', 'the login', 'pi')
  .addOption(new Option('--board <board>', 'which Raspberry Pi').choices(Object.keys(boards)).default('4'))
  .option('--key <file>', 'the public key that may log in; default: ~/.ssh/id_ed25519.pub. For the first Pi')
  .option('--nix-path <entry...>', "entries of Nix' search path, for example nixpkgs=channel:nixos-26.05")
  .action((name: string, { board, ...options }: NewPiOptions) =>
    newPi(process.cwd(), name, { ...options, board: boards[board] ?? board }, tell),
  );

try {
  await program.parseAsync();
} catch (error) {
  console.error(messageOf(error));
  process.exitCode = 1;
}
