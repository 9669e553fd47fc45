// `npm run pi -- new NAME`, `npm run pi -- adopt NAME`
import { Command, Option } from 'commander';
import { messageOf } from '../../provider/errors.ts';
import { printable } from '../printable.ts';
import { type AdoptOptions, adoptPi } from './adopt.ts';
import { type NewPiOptions, newPi } from './new.ts';

const boards: Readonly<Record<string, string>> = { '3': '3', '4': '4', 'zero-2-w': '3' };
const tell = (line: string): void => {
  console.log(printable(line));
};

const program = new Command('npm run pi --').description(
  'Pis of this checkout: each is a folder below hosts/ and a stack.',
);
/** What both kinds of Pi have. */
function piCommand(name: string, description: string): Command {
  return program
    .command(name)
    .description(description)
    .argument('<name>', 'of the stack, the folder and the host')
    .option('--host <host>', 'host name or address; default: NAME.local')
    .option('--user <name>', 'the login', 'pi')
    .addOption(new Option('--board <board>', 'which Raspberry Pi').choices(Object.keys(boards)).default('4'))
    .option('--key <file>', 'the public key that may log in; default: ~/.ssh/id_ed25519.pub. For the first Pi')
    .option('--nix-path <entry...>', "entries of Nix' search path, for example nixpkgs=channel:nixos-26.05");
}

/** As nixos-hardware calls it. */
function withBoard<T extends { readonly board: string }>(options: T): T {
  return { ...options, board: boards[options.board] ?? options.board };
}

piCommand('new', 'make the files and the stack of a Pi that is to be flashed')
  .option('--card <device>', 'the card reader, a name below /dev/disk/by-id or by-path; default: the cards are listed')
  .action((name: string, options: NewPiOptions) => newPi(process.cwd(), name, withBoard(options), tell));
piCommand('adopt', 'make the configuration and the stack of a Pi that runs NixOS already')
  .option('--host-key <key>', 'its public SSH host key, "ssh-ed25519 AAAA…"; default: the one that your ssh knows')
  .action((name: string, options: AdoptOptions) => adoptPi(process.cwd(), name, withBoard(options), tell));

try {
  await program.parseAsync();
} catch (error) {
  console.error(printable(messageOf(error)));
  process.exitCode = 1;
}
