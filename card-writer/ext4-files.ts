import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { type ParsedPath, posix } from 'node:path';
import { CardError, type Problem } from './problem.ts';
import { type FirstBootFile, plainPath } from './request.ts';
import { runTool } from './system-tool.ts';

/** An ext4 file system that lies somewhere in a device and is not mounted. */
export interface UnmountedExt4 {
  /** A path to the device; see ClaimedDevice.heldPath. */
  readonly device: string;
  readonly startBytes: number;
  /** Held open by whatever writes to it, so that nobody else can claim the device before that has ended. */
  readonly descriptor: number;
  /** How the device's owner names it. */
  readonly deviceName: string;
}

/**
 * Writes files into the file system and proves that they are there. The tool for it reports a failed write as success, so
 * everything is read back past the page cache.
 *
 * @throws CardError when a file did not arrive as it should.
 */
export async function writeFiles(fileSystem: UnmountedExt4, files: readonly FirstBootFile[]): Promise<void> {
  for (const file of files) {
    await writeOne(fileSystem, file);
    await verifyOne(fileSystem, file);
  }
}

/**
 * Starts the programs that are wanted only when the image is on the card: that one is missing is to be known before anything is erased.
 *
 * @throws CardError naming one that is missing.
 */
export async function requireTools(): Promise<void> {
  for (const tool of ['e2fsck', 'debugfs'] as const) await runTool(tool, ['-V']);
}

/** Its exit code is a sum of bits, each with a meaning. */
const anything = Array.from({ length: 255 }, (_, index) => index + 1);

/** @throws CardError when the file system is not clean, with what the check said. */
export async function checkFileSystem(fileSystem: UnmountedExt4): Promise<void> {
  const { exitCode, stdout, stderr } = await runTool('e2fsck', ['-f', '-n', locate(fileSystem)], { accept: anything });
  // With -n it leaves the journal alone, and calls the rest clean: the first boot would replay it over what is put here.
  const hasJournalLeft = /skipping journal recovery/i.test(`${stdout}\n${stderr}`);
  if (exitCode === 0 && !hasJournalLeft) return;
  const original = [stdout, stderr].join('\n').trim().split('\n').slice(-20).join('\n');
  const { deviceName } = fileSystem;
  if (original.includes('unsupported feature'))
    throw new CardError(
      toolsTooOld(`the card at ${deviceName}`, original, 'It was left without a boot record; then flash it again.'),
    );
  if (/Input\/output error|No such device|No medium/.test(original))
    throw new CardError({
      what: `The card at ${deviceName} failed while its file system was checked.`,
      original,
      remedy:
        'Look at `dmesg`. A card or reader that was pulled out can be flashed again; a card that fails twice is worn out.',
    });
  throw new CardError({
    what: `The root file system on the card at ${deviceName} is damaged or was not unmounted cleanly when its image was made.`,
    original,
    remedy: 'Build the image again; if it stays so, the card is worn out.',
  });
}

/**
 * The problem of a file system that this machine's tools do not know enough of.
 *
 * @param where it is.
 * @param state what became of the card, as a sentence.
 */
export function toolsTooOld(where: string, original: string, state: string): Problem {
  return {
    what: `The e2fsprogs of this machine are older than the root file system on ${where}: it uses features that they do not know.`,
    original,
    remedy: `Install e2fsprogs 1.47 or newer (\`e2fsck -V\` tells the version), or flash on a machine that has them. ${state}`,
  };
}

async function writeOne(fileSystem: UnmountedExt4, file: FirstBootFile): Promise<void> {
  const { dir, base } = parsePath(file.path);
  const there = await requirePlace(fileSystem, file.path);
  const content = await secretFile(Buffer.from(file.content, 'base64'));
  try {
    const regularFile = 0o100_000;
    await debugfs(fileSystem, 'write', [
      `cd ${dir}`,
      ...(there ? [`rm ${base}`] : []),
      `write ${content.path} ${base}`,
      `sif ${base} mode 0${(regularFile | file.mode).toString(8)}`,
      `sif ${base} uid ${String(file.userId)}`,
      `sif ${base} gid ${String(file.groupId)}`,
    ]);
  } finally {
    await content.close();
  }
}

/**
 * Makes the folder of a file where it is missing; debugfs would go on in another one. Returns whether a file is there already.
 *
 * @throws CardError when something else is in the way.
 */
async function requirePlace(fileSystem: UnmountedExt4, path: string): Promise<boolean> {
  const { dir } = parsePath(path);
  const missing = await missingFolders(fileSystem, dir);
  if (missing.length > 0)
    await debugfs(
      fileSystem,
      'write',
      missing.map((folder) => `mkdir ${folder}`),
    );
  const [folder, there] = [await typeOf(fileSystem, dir), await typeOf(fileSystem, path)];
  if (folder === 'directory' && there !== 'directory') return there !== undefined;
  throw new CardError({
    what: `The file ${path} cannot be put on the card: ${folder === 'directory' ? 'the image has a folder there' : `${dir} is no folder in the image`}.`,
    remedy: 'Give the file another path. The card was left without a boot record.',
  });
}

async function verifyOne(fileSystem: UnmountedExt4, file: FirstBootFile): Promise<void> {
  const status = await debugfs(fileSystem, 'read', [`stat ${file.path}`]);
  const content = Buffer.from(file.content, 'base64');
  const expected = [
    /Type: regular/,
    new RegExp(`Mode: +0*${file.mode.toString(8)} `),
    new RegExp(`User: +${String(file.userId)} +Group: +${String(file.groupId)} `),
    new RegExp(`Size: ${String(content.length)}\\b`),
  ];
  if (expected.every((part) => part.test(status)) && (await readFile(fileSystem, file.path)).equals(content)) return;
  throw new CardError({
    what: `The file ${file.path} did not arrive on the card at ${fileSystem.deviceName} as it was written.`,
    remedy: 'Flash again, with another card or reader if it happens twice.',
  });
}

async function readFile(fileSystem: UnmountedExt4, path: string): Promise<Buffer> {
  return (await runTool('debugfs', ['-D', '-R', `cat ${path}`, locate(fileSystem)])).bytes;
}

async function missingFolders(fileSystem: UnmountedExt4, dir: string): Promise<string[]> {
  const parts = dir.split('/').filter(Boolean);
  const folders = parts.map((_, index) => `/${parts.slice(0, index + 1).join('/')}`);
  const there = await Promise.all(folders.map((folder) => exists(fileSystem, folder)));
  return folders.filter((_, index) => !there[index]);
}

async function exists(fileSystem: UnmountedExt4, path: string): Promise<boolean> {
  return (await typeOf(fileSystem, path)) !== undefined;
}

/** `directory`, `regular`, `symlink` or another one; undefined where nothing is. */
async function typeOf(fileSystem: UnmountedExt4, path: string): Promise<string | undefined> {
  return /^Inode: \d+ +Type: (\S+)/m.exec(await debugfs(fileSystem, 'read', [`stat ${path}`]))?.[1];
}

/** Runs debugfs commands. Its exit code is 0 whatever happens to them: callers look at what came of it. */
async function debugfs(
  fileSystem: UnmountedExt4,
  access: 'read' | 'write',
  commands: readonly string[],
): Promise<string> {
  const options = access === 'write' ? ['-w'] : ['-D'];
  const { stdout } = await runTool('debugfs', [...options, '-f', '-', locate(fileSystem)], {
    inherit: fileSystem.descriptor,
    stdin: commands.map((command) => `${command}\n`).join(''),
  });
  return stdout;
}

function locate({ device, startBytes }: UnmountedExt4): string {
  return `${device}?offset=${String(startBytes)}`;
}

function parsePath(path: string): ParsedPath {
  if (!plainPath.test(path)) throw new RangeError(`not a plain absolute path: ${JSON.stringify(path)}`);
  return posix.parse(path);
}

/**
 * Content as a file that has no name anywhere and lives in memory: it ends with this process, even if that is killed. debugfs
 * needs a regular file, and reaches it through /proc.
 */
async function secretFile(content: Buffer): Promise<{ path: string; close: () => Promise<void> }> {
  const withoutName = 0o20_000_000 | constants.O_DIRECTORY; // O_TMPFILE, which Node does not name.
  const file = await open('/dev/shm', withoutName | constants.O_RDWR, 0o600);
  await file.writeFile(content);
  return { path: `/proc/${String(process.pid)}/fd/${String(file.fd)}`, close: () => file.close() };
}
