import { mkdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { reportToStderr } from '../lab/report.ts';
import { drawBars } from './bars.ts';
import { Flashes } from './flash/by-handler.ts';
import { waysByHand } from './flash/by-hand.ts';
import { withDevice } from './flash/device.ts';
import { sha256Rate } from './flash/hash-rate.ts';
import { cachedImage, imageSizeBytes } from './flash/image.ts';
import { withThrottle } from './flash/throttle.ts';
import { type Bound, type Times, describeRatio, describeTimes, median, takeTurns } from './measure.ts';

const folder = fileURLToPath(new URL('../.bench-flash', import.meta.url));
const figure = fileURLToPath(new URL('../docs/flash-speed.svg', import.meta.url));

const besideDirect: Bound = { text: 'at most 1.1 times', limit: (theirs) => 1.1 * theirs };
const besideArticle: Bound = { text: 'at least 2.5 times as fast', limit: (theirs) => theirs / 2.5 };
const verifiedBesideArticle: Bound = { text: 'at least twice as fast', limit: (theirs) => theirs / 2 };

const picture = {
  title: 'Seconds to write a 2 GiB image from .img.zst, less is better',
  isOurs: (name: string): boolean => name.startsWith('FlashedCard'),
};
const memoryLimitBytes = 200e6;
const throttledBytesPerSecond = 40e6;
const throttledShare = 0.95;

/** Times the flash of an image, by the handler and by hand, to a loop device. Prints and draws; asserts nothing. */
export async function flashBench(rounds: number): Promise<void> {
  await mkdir(folder, { recursive: true });
  reportToStderr('an image, if there is none yet');
  const image = await cachedImage(folder);
  await withDevice(folder, async (device) => {
    const flashes = await Flashes.of(image, device);
    await compare(flashes, image, device, rounds);
    await showThrottled(flashes, device);
    showMemory(flashes);
  });
}

async function compare(flashes: Flashes, image: string, device: string, rounds: number): Promise<void> {
  const ways = waysByHand(image, device);
  const writingSeconds: number[] = [];
  const unverified = async (): Promise<number> => {
    const flash = await flashes.flash({ verify: false });
    writingSeconds.push(flash.writingSeconds);
    return flash.seconds;
  };
  reportToStderr(`${String(rounds)} flashes by each, by turns`);
  const [article, direct, bmaptool, ours, verified] = await takeTurns(
    [
      ways.article,
      ways.direct,
      ways.bmaptool,
      { name: 'FlashedCard, verify: false', run: unverified },
      { name: 'FlashedCard', run: async () => (await flashes.flash({ verify: true })).seconds },
    ],
    rounds,
  );
  // The first round is not counted.
  const writing: Times = { name: 'FlashedCard, verify: false, only its writing', seconds: writingSeconds.slice(1) };
  const all: readonly Times[] = [article, bmaptool, verified, ours, direct];
  print([
    ...all.map(describeTimes),
    describeTimes(writing),
    describeRatio(ours, direct, besideDirect),
    describeRatio(writing, direct, besideDirect),
    describeRatio(ours, article, besideArticle),
    describeRatio(verified, article, verifiedBesideArticle),
    `the direct pipe, for comparison: ${(median(article.seconds) / median(direct.seconds)).toFixed(2)} times as fast as the article`,
    `SHA-256 by one core of this machine: ${(sha256Rate() / 1e6).toFixed(0)} MB/s`,
  ]);
  await writeFile(figure, drawBars(all, article, picture));
}

/** As slow as a card: then the card is to be the only bound. */
async function showThrottled(flashes: Flashes, device: string): Promise<void> {
  reportToStderr('one flash to a device that writes 40 MB/s');
  const throttle = { device, bytesPerSecond: throttledBytesPerSecond };
  const { seconds } = await withThrottle(throttle, (group) => flashes.flash({ verify: false, group }));
  const share = imageSizeBytes / seconds / throttledBytesPerSecond;
  print([
    `of a device's 40 MB/s are used: ${percent(share)}; promised: ${percent(throttledShare)}: ${verdict(share >= throttledShare)}`,
  ]);
}

function showMemory({ peakBytes }: Flashes): void {
  const megabytes = (peakBytes / 1e6).toFixed(0);
  print([
    `memory of writer and zstd: ${megabytes} MB; promised: under 200 MB: ${verdict(peakBytes < memoryLimitBytes)}`,
  ]);
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

function verdict(kept: boolean): string {
  return kept ? 'kept' : 'BROKEN';
}

function print(lines: readonly string[]): void {
  process.stdout.write(`${lines.join('\n')}\n`);
}
