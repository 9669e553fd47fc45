import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { ProvisioningError, messageOf } from '../../provider/errors.ts';
import { stableNames } from '../cards/candidates.ts';
import { type SurveyedDevice, describeDevice, survey } from '../cards/survey.ts';
import { hostFiles, writeHostFiles } from './host-files.ts';
import { requireHostName } from './host-name.ts';
import { makeStack, setConfig, stackNames } from '../pulumi-cli.ts';

/** What is said of a Pi that is to be. */
export interface PiOptions {
  /** The login. */
  readonly user: string;
  /** As nixos-hardware calls it. */
  readonly board: string;
  /** Host name or address, where it is not `<name>.local`. */
  readonly host?: string;
  /** File with the public key that may log in; for the first Pi, later ones share hosts/common. */
  readonly key?: string;
  /** Entries of Nix' search path. */
  readonly nixPath?: readonly string[];
}

export interface NewPiOptions extends PiOptions {
  /** The card reader, a name below /dev/disk/by-id or by-path. */
  readonly card?: string;
}

/**
 * Makes a Pi: its folder below hosts/, its stack, and the stack's config. Another Pi's files are not touched, and the stack that
 * is selected stays selected.
 *
 * @param project directory of Pulumi.yaml
 * @param tell told what was done and what comes next, a line each
 * @throws ProvisioningError before anything is written, when the name cannot be one or is taken, or no key is there.
 */
export async function newPi(
  project: string,
  name: string,
  options: NewPiOptions,
  tell: (line: string) => void,
): Promise<void> {
  const cards = await cardsFor(options.card);
  await makePi(project, name, options, { config: cardConfig(options.card, cards) });
  tell(`hosts/${name}/ and the stack ${name} are there. What all Pis share is in hosts/common/.`);
  if (options.card === undefined) {
    for (const card of cards) tell(describeDevice(card).replaceAll('config set ', `config set --stack ${name} `));
    if (cards.length === 0) tell('No card is in a reader now; `npm run cards` lists them.');
    tell(`Which card it is to be: pulumi config set --stack ${name} cardDevice NAME`);
  }
  tell(nextCommands(name));
}

/**
 * Makes a Pi's files, its stack and that one's config.
 *
 * @param more.config what its card or its host key adds
 * @param more.files which files of its own it gets; default: all
 */
export async function makePi(
  project: string,
  name: string,
  { user, board, host, key, nixPath }: PiOptions,
  { config, files: names }: { readonly config: Readonly<Record<string, string>>; readonly files?: readonly string[] },
): Promise<void> {
  requireHostName(name);
  if (existsSync(path.join(project, 'hosts', name))) throw exists(`The folder hosts/${name}`, `rm -r hosts/${name}`);
  if ((await stackNames()).includes(name)) throw exists(`The stack ${name}`, `pulumi stack rm ${name}`);
  const keys = existsSync(path.join(project, 'hosts/common')) ? '' : await readPublicKey(key);
  const files = await hostFiles(project, { name, user, board }, keys, names);
  await makeStack(name);
  await writeHostFiles(project, files);
  await setConfig(name, {
    user,
    ...(host !== undefined && { host }),
    ...(nixPath !== undefined && { nixPath }),
    ...config,
  });
}

export function nextCommands(name: string): string {
  return [
    `  pulumi preview --stack ${name}   # what will happen; nothing is built or written`,
    `  pulumi up --stack ${name}`,
  ].join('\n');
}

/** The card that is named, or all that could be meant. */
async function cardsFor(card: string | undefined): Promise<SurveyedDevice[]> {
  const paths = card === undefined ? await stableNames() : [card];
  const found = await Promise.all(paths.map((each) => survey(each, []).catch(() => undefined)));
  return found.filter((each) => each !== undefined).filter(({ reasons }) => card !== undefined || reasons.length === 0);
}

function cardConfig(card: string | undefined, [found]: readonly SurveyedDevice[]): Record<string, string> {
  if (card === undefined) return {};
  // A reader without a card is named all the same: `pulumi up` waits for one.
  return { cardDevice: card, ...(found !== undefined && { cardSizeBytes: String(found.sizeBytes) }) };
}

async function readPublicKey(file = path.join(homedir(), '.ssh/id_ed25519.pub')): Promise<string> {
  try {
    const text = await readFile(file, 'utf8');
    if (/^(ssh|ecdsa|sk)-\S+ [A-Za-z0-9+/=]+/m.test(text)) return `${text.trim()}\n`;
    throw new Error('it holds no OpenSSH public key');
  } catch (error) {
    throw new ProvisioningError(
      {
        what: `The public key that may log in to the Pi cannot be read from ${file}.`,
        original: messageOf(error),
        remedy: 'Make a pair with `ssh-keygen -t ed25519`, or name another file with `--key`.',
      },
      { cause: error },
    );
  }
}

function exists(what: string, away: string): ProvisioningError {
  return new ProvisioningError({
    what: `${what} is there already: nothing was changed.`,
    remedy: `Take another name; or, if nobody needs it, \`${away}\` first.`,
  });
}
