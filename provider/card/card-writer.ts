import { constants, existsSync } from 'node:fs';
import { access } from 'node:fs/promises';
import { getCompileCacheDir } from 'node:module';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { CardFindings } from '../../card-writer/card-content.ts';
import type { DeviceFacts } from '../../card-writer/device-facts.ts';
import type { Extent, Phase, Summary, WriterEvent } from '../../card-writer/events.ts';
import type { Problem } from '../../card-writer/problem.ts';
import {
  type CompareRequest,
  type DeclaredDevice,
  type FlashRequest,
  type WriterRequest,
  protocol,
} from '../../card-writer/request.ts';
import { ProvisioningError, messageOf } from '../errors.ts';
import { type FedProcess, startFedProcess, writeTo } from '../process/fed-process.ts';
import type { Watch } from '../context.ts';
import { type ImageSource, damagedImage, openImage, partsOf, sendImage } from './image-source.ts';
import { type Advance, transferProgress } from './transfer-progress.ts';

/** Where the card writer is that root runs for others: as `npm run card-writer -- install` and the NixOS module put it there. */
export const installedWriters = [
  '/usr/local/libexec/pulumi-nixos-pi/card-writer.mjs',
  '/run/current-system/sw/bin/pulumi-nixos-pi-card-writer.mjs',
] as const;

const howToGetAccess =
  'Install the card writer, which root then runs for you and which writes to card slots and USB disks only: `npm run card-writer -- install` ' +
  '(on NixOS: its module, see docs/security.md). Or run as a user who may open the device, for example a member of the group `disk`.';

const ownWriter = fileURLToPath(new URL('../../card-writer/main.ts', import.meta.url));

/**
 * What is on a card.
 *
 * @throws ProvisioningError when it is in use, may not be erased, or may not be opened by this user.
 */
export async function inspectCard(declared: DeclaredDevice, facts: DeviceFacts): Promise<CardFindings> {
  const writer = await startWriter(facts, { protocol, action: 'inspect', device: declared });
  let findings: CardFindings | undefined;
  try {
    for await (const event of eventsOf(writer)) if (event.event === 'found') findings = event;
  } finally {
    writer.end();
  }
  if (findings === undefined) throw await writerFailed(writer);
  return findings;
}

/**
 * Where a card differs from an image, in steps of 1 MiB.
 *
 * @throws ProvisioningError when the card may not be opened, is in use, or the image is damaged.
 */
export async function compareCard(
  facts: DeviceFacts,
  request: CompareRequest,
  imagePath: string,
  watch: Watch,
): Promise<readonly Extent[]> {
  const image = await openImage(imagePath, request.image.sizeBytes);
  const writer = await startWriter(facts, request);
  const ended = new AbortController();
  const signal = AbortSignal.any([watch.signal, ended.signal]);
  const sending = sendImage(image, writer.input, { signal }).catch((error: unknown) => error);
  const advance = transferProgress(`comparing ${facts.path}`, request.image.sizeBytes, watch.progress);
  try {
    for await (const event of eventsOf(writer)) {
      if (event.event === 'progress') advance(event.doneBytes);
      if (event.event === 'compared') return event.differing;
    }
    throw await writerFailed(writer);
  } catch (error) {
    throw error instanceof EndedEarly ? damagedImage(image, await sending) : error;
  } finally {
    ended.abort();
    writer.end();
    await writer.ended;
  }
}

export interface CardToWrite {
  readonly facts: DeviceFacts;
  readonly request: FlashRequest;
  /** `.img.zst` or `.img` */
  readonly imagePath: string;
  /** SHA-256 of that file, hexadecimal. */
  readonly imageFileSha256: string;
  /** Called when all but the boot record is on the card, with the fingerprint that the finished card will have. */
  readonly beforeFinish: (fingerprint: string) => Promise<void>;
}

/**
 * Has a card written by the card writer, a process of its own that has this user's rights.
 *
 * @throws ProvisioningError when the image, the device or the writing is not as it has to be.
 */
export async function writeCard(card: CardToWrite, watch: Watch): Promise<Summary> {
  const image = await openImage(card.imagePath, card.request.image.sizeBytes);
  const writer = await startWriter(card.facts, card.request);
  const stop = (): void => {
    writer.end();
  };
  watch.signal.addEventListener('abort', stop);
  try {
    return await new Writing(card, image, writer, watch).run();
  } finally {
    watch.signal.removeEventListener('abort', stop);
    stop();
    await writer.ended;
  }
}

class Writing {
  readonly #card: CardToWrite;
  readonly #image: ImageSource;
  readonly #writer: FedProcess;
  readonly #watch: Watch;
  readonly #advance = new Map<Phase, Advance>();

  constructor(card: CardToWrite, image: ImageSource, writer: FedProcess, watch: Watch) {
    this.#card = card;
    this.#image = image;
    this.#writer = writer;
    this.#watch = watch;
  }

  async run(): Promise<Summary> {
    const ended = new AbortController();
    const signal = AbortSignal.any([this.#watch.signal, ended.signal]);
    const sending = this.#send(signal).then(
      () => undefined,
      (error: unknown) => {
        // Whoever waits for more of the image must not wait for ever.
        this.#writer.input.end();
        return error;
      },
    );
    try {
      return await this.#listen(sending);
    } catch (error) {
      const failed = await sending;
      // The writer only sees that the image ends; why it did is known here.
      if (error instanceof EndedEarly && !this.#watch.signal.aborted) throw damagedImage(this.#image, failed ?? error);
      throw error;
    } finally {
      ended.abort();
    }
  }

  /** The line behind the image says that it was the right one: without it the card never gets a boot record. */
  async #send(signal: AbortSignal): Promise<void> {
    const { imageFileSha256, request } = this.#card;
    await sendImage(this.#image, this.#writer.input, { fileSha256: imageFileSha256, signal });
    await writeTo(this.#writer.input, `${request.flashId}\n`);
  }

  async #listen(sending: Promise<unknown>): Promise<Summary> {
    for await (const event of eventsOf(this.#writer)) {
      if (event.event === 'progress') this.#progress(event);
      if (event.event === 'resend') {
        await sending;
        for await (const part of partsOf(this.#image, event.parts, this.#watch.signal))
          await writeTo(this.#writer.input, part);
      }
      if (event.event === 'ready') {
        const failed = await sending;
        if (failed !== undefined) throw damagedImage(this.#image, failed);
        this.#watch.signal.throwIfAborted();
        await this.#card.beforeFinish(event.fingerprint);
        await writeTo(this.#writer.input, 'finish\n');
      }
      if (event.event === 'finished') return event;
    }
    throw await writerFailed(this.#writer);
  }

  #progress({ phase, doneBytes, totalBytes }: WriterEvent & { readonly event: 'progress' }): void {
    const { progress } = this.#watch;
    const { path } = this.#card.facts;
    if (phase === 'writing' || phase === 'reading back') {
      const advance = this.#advance.get(phase) ?? transferProgress(`${phase} ${path}`, totalBytes, progress);
      this.#advance.set(phase, advance);
      advance(doneBytes);
      return;
    }
    progress(`${otherPhases[phase]} ${path}`);
  }
}

const otherPhases: Readonly<Record<Exclude<Phase, 'writing' | 'reading back'>, string>> = {
  comparing: 'comparing',
  probing: 'looking whether all of its size is there:',
  zeroing: 'having it write zeros by itself:',
  'adding files': 'putting the SSH host key and other files for the first boot on',
};

async function startWriter(facts: DeviceFacts, request: WriterRequest): Promise<FedProcess> {
  const writer = await writerFor(facts);
  await writeTo(writer.input, `${JSON.stringify(request)}\n`);
  return writer;
}

/** Whoever may open the device writes it with the rights that they have; everybody else through the installed card writer. */
async function writerFor({ name, path }: DeviceFacts): Promise<FedProcess> {
  const denied = await access(`/dev/${name}`, constants.R_OK | constants.W_OK).then(() => undefined, messageOf);
  if (denied === undefined)
    return startFedProcess(process.execPath, [ownWriter, '--own-rights'], { env: ownCompileCache() });
  const installed = installedWriters.find((file) => existsSync(file));
  if (installed === undefined)
    throw new ProvisioningError({
      what: `The device ${path} may not be opened by this user.`,
      original: denied,
      remedy: howToGetAccess,
    });
  return startFedProcess('sudo', ['--non-interactive', '--', installed], { isAnotherUsers: true });
}

/** Half of a writer's start is the reading of its TypeScript, where this process does not share what it keeps of that. */
function ownCompileCache(): Record<string, string> {
  const ofThisVersion = getCompileCacheDir();
  return ofThisVersion === undefined ? {} : { NODE_COMPILE_CACHE: dirname(ofThisVersion) };
}

/** What the writer reports; its failures are thrown. */
async function* eventsOf(writer: FedProcess): AsyncGenerator<WriterEvent> {
  for await (const line of writer.lines) {
    const event = JSON.parse(line) as WriterEvent;
    if (event.event === 'failed') throw errorOf(event.problem);
    yield event;
  }
}

/** What the writer says when its standard input ends. */
const endedEarly = 'The image ended early';

class EndedEarly extends ProvisioningError {}

/** A problem that the card writer, or its look at a device, came to. */
export function errorOf(problem: Problem): ProvisioningError {
  return problem.what.startsWith(endedEarly) ? new EndedEarly(problem) : new ProvisioningError(problem);
}

async function writerFailed(writer: FedProcess): Promise<ProvisioningError> {
  const { said } = await writer.ended;
  const isRefused = /^sudo: a password is required|not in the sudoers file|not allowed to (execute|run)/m.test(said);
  return new ProvisioningError({
    what: isRefused ? 'sudo does not let this user run the card writer.' : 'The card writer ended without a result.',
    original: said,
    remedy: isRefused
      ? howToGetAccess
      : 'Run it again. If the card was being written, it is recognised as an unfinished one.',
  });
}
