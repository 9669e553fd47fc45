// `npm run cards [-- flash | verify]`: SD cards without a stack.
import { resolve } from 'node:path';
import { Command, Option } from 'commander';
import type { DeviceKind } from '../../card-writer/device-facts.ts';
import { largestCardBytes } from '../../card-writer/device-verdict.ts';
import { otherKinds } from '../../card-writer/request.ts';
import { inspectImage } from '../../provider/card/image-file.ts';
import type { Context } from '../../provider/context.ts';
import { warnOfNamesakes } from '../../provider/card/namesakes.ts';
import { messageOf } from '../../provider/errors.ts';
import { flashedCard } from '../../provider/handlers/flashed-card.ts';
import type { FlashedCardInputs } from '../../provider/handlers/flashed-card-inputs.ts';
import { printable, printableJson } from '../printable.ts';
import { stableNames } from './candidates.ts';
import { showProgress } from './progress.ts';
import { type SurveyedDevice, describeDevice, notSurveyed, survey } from './survey.ts';
import { verifyCard } from './verify.ts';

interface CardOptions {
  readonly allow: readonly DeviceKind[];
  readonly maximumSizeBytes: number;
}
interface ImageOptions extends CardOptions {
  readonly device: string;
  readonly image: string;
}
interface FlashOptions extends ImageOptions {
  readonly erase?: string;
  readonly verify: boolean;
}

const allow = (): Option =>
  new Option('--allow <kind...>', 'kinds of device beside removable cards').choices(otherKinds).default([]);

const maximumSizeBytes = (): Option =>
  new Option('--maximum-size-bytes <bytes>', 'the largest device that is believed to be a card')
    .default(largestCardBytes)
    .argParser(Number);

/** npm runs commands in the project's folder; what a person types is meant from where they are. */
const imageOption = (): Option =>
  new Option('--image <file>', '.img or .img.zst')
    .makeOptionMandatory()
    .argParser((file) => resolve(process.env['INIT_CWD'] ?? '', file));

const ended = new AbortController();
process.once('SIGINT', () => {
  ended.abort();
});

/** Models of readers and labels of file systems are whatever somebody wrote there. */
function print(text: string): void {
  console.log(printable(text));
}

function context(): Context {
  const say = (line: string): void => {
    progress.end();
    print(line);
  };
  const progress = showProgress(process.stderr);
  return { log: { info: say, warn: say }, progress: progress.show, signal: ended.signal, urn: undefined };
}

async function list({
  allow,
  maximumSizeBytes,
  device,
  json,
}: CardOptions & { device?: string[]; json?: true }): Promise<void> {
  const found: SurveyedDevice[] = [];
  for (const path of device ?? (await stableNames())) {
    const surveyed = await survey(path, allow, maximumSizeBytes).catch((error: unknown) => notSurveyed(path, error));
    if (surveyed !== undefined) found.push(surveyed);
  }
  if (json === true) console.log(printableJson(found));
  else if (found.length === 0) print('There is no card: put it into the reader, wait a moment, and look again.');
  else print(found.map(describeDevice).join('\n\n'));
  for (const { name, reasons } of json === true ? [] : found) {
    const warning = reasons.length === 0 ? await warnOfNamesakes(name) : undefined;
    if (warning !== undefined) print(`\nwarning: ${warning}`);
  }
}

async function flash({ device, image, erase, verify, allow, maximumSizeBytes }: FlashOptions): Promise<void> {
  const watch = context();
  const { sizeBytes, sha256, compressedSha256 } = await inspectImage(image, watch);
  const { error, data } = flashedCard.schema.safeParse({
    ...{ device, allow, maximumSizeBytes, verify, erase },
    ...{ imagePath: image, imageSha256: sha256, imageCompressedSha256: compressedSha256, imageSizeBytes: sizeBytes },
  });
  if (error !== undefined)
    throw new Error(error.issues.map(({ path, message }) => `--${path.join('.')} ${message}`).join('\n'));
  const { outputs } = await flashedCard.create(watch, data as FlashedCardInputs);
  print(`SSH host key of the Pi: ${outputs.hostPublicKey}`);
}

async function verify(options: ImageOptions): Promise<void> {
  const { isRight, lines } = await verifyCard(options, context());
  print(lines.join('\n'));
  if (!isRight) process.exitCode = 1;
}

const program = new Command('npm run cards --').description(
  'SD cards: what is there, and writing them without a stack.',
);
program
  .command('list', { isDefault: true })
  .description('what is in the readers, what is on it, and the config for a stack')
  .option('--device <name...>', 'only these; default: all that have a stable name')
  .option('--json', 'for programs')
  .addOption(allow())
  .addOption(maximumSizeBytes())
  .action(list);
program
  .command('flash')
  .description('write an image to a card, with an SSH host key of its own')
  .requiredOption('--device <name>', 'a name below /dev/disk/by-id or by-path')
  .addOption(imageOption())
  .option('--erase <fingerprint>', 'what may be erased, as `npm run cards` shows it')
  .option('--no-verify', 'do not read it back')
  .addOption(allow())
  .addOption(maximumSizeBytes())
  .action(flash);
program
  .command('verify')
  .description('compare a card with an image; changes nothing')
  .requiredOption('--device <name>', 'a name below /dev/disk/by-id or by-path')
  .addOption(imageOption())
  .addOption(allow())
  .addOption(maximumSizeBytes())
  .action(verify);

try {
  if (process.platform !== 'linux') throw new Error('Cards can be looked at and written on Linux only.');
  await program.parseAsync();
} catch (error) {
  console.error(printable(messageOf(error)));
  process.exitCode = 1;
}
