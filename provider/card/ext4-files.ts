import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { type ParsedPath, posix } from 'node:path';
import { CommandError } from '../process/run.ts';
import { ProvisioningError } from '../errors.ts';
import { runTool } from './system-tool.ts';

/** An ext4 file system that lies somewhere in a device and is not mounted. */
export interface UnmountedExt4 {
  /** A path to the device; see DirectDevice.heldPath. */
  readonly device: string;
  readonly startBytes: number;
  readonly signal: AbortSignal;
}

/** A file for root on the card. */
export interface CardFile {
  /** Absolute, of letters, digits, dots, dashes and underscores: the path is part of a command. */
  readonly path: string;
  /** Permission bits, for example 0o600. */
  readonly mode: number;
  /** Text that ends with a line break. May be secret: it reaches no disk but the card, no command line and no message. */
  readonly text: string;
}

/**
 * Writes files into the file system and proves that they are there. The tool for it reports a failed write as success, so
 * everything is read back past the page cache.
 *
 * @throws ProvisioningError when a file did not arrive as it should.
 */
export async function writeFiles(fileSystem: UnmountedExt4, files: readonly CardFile[]): Promise<void> {
  for (const file of files) {
    await writeOne(fileSystem, file);
    await verifyOne(fileSystem, file);
  }
}

/** @throws ProvisioningError when the file system is not clean, with what the check said. */
export async function checkFileSystem(fileSystem: UnmountedExt4): Promise<void> {
  const { signal } = fileSystem;
  try {
    await runTool('e2fsck', ['-f', '-n', locate(fileSystem)], { signal });
  } catch (error) {
    if (!(error instanceof CommandError) || error.exitCode === undefined) throw error;
    throw new ProvisioningError(
      {
        what: 'The root file system on the card is damaged or was not unmounted cleanly when its image was made.',
        original: error.message,
        remedy: 'Build the image again; if it stays so, the card is worn out.',
      },
      { cause: error },
    );
  }
}

async function writeOne(fileSystem: UnmountedExt4, file: CardFile): Promise<void> {
  const { dir, base } = parsePath(file.path);
  const content = await secretFile(file.text);
  try {
    const owned = (name: string, mode: number): string[] => [
      `sif ${name} mode 0${mode.toString(8)}`,
      `sif ${name} uid 0`,
      `sif ${name} gid 0`,
    ];
    const regularFile = 0o100_000;
    await debugfs(fileSystem, 'write', [
      ...(await missingFolders(fileSystem, dir)).map((folder) => `mkdir ${folder}`),
      `cd ${dir}`,
      ...((await exists(fileSystem, file.path)) ? [`rm ${base}`] : []),
      `write ${content.path} ${base}`,
      ...owned(base, regularFile | file.mode),
    ]);
  } finally {
    await content.close();
  }
}

async function verifyOne(fileSystem: UnmountedExt4, file: CardFile): Promise<void> {
  const status = await debugfs(fileSystem, 'read', [`stat ${file.path}`]);
  const found = await readText(fileSystem, file.path);
  const expected = [
    /Type: regular/,
    new RegExp(`Mode: +0${file.mode.toString(8)} `),
    /User: +0 +Group: +0 /,
    sizeOf(file),
  ];
  if (found === file.text.trimEnd() && expected.every((part) => part.test(status))) return;
  throw new ProvisioningError({
    what: `The file ${file.path} did not arrive on the card as it was written.`,
    remedy: 'Flash again, with another card or reader if it happens twice.',
  });
}

function sizeOf({ text }: CardFile): RegExp {
  return new RegExp(`Size: ${String(Buffer.byteLength(text))}\\b`);
}

async function readText(fileSystem: UnmountedExt4, path: string): Promise<string> {
  const { stdout } = await runTool('debugfs', ['-D', '-R', `cat ${path}`, locate(fileSystem)], {
    signal: fileSystem.signal,
  });
  return stdout.trimEnd();
}

async function missingFolders(fileSystem: UnmountedExt4, dir: string): Promise<string[]> {
  const parts = dir.split('/').filter(Boolean);
  const folders = parts.map((_, index) => `/${parts.slice(0, index + 1).join('/')}`);
  const there = await Promise.all(folders.map((folder) => exists(fileSystem, folder)));
  return folders.filter((_, index) => !there[index]);
}

async function exists(fileSystem: UnmountedExt4, path: string): Promise<boolean> {
  return /^Inode: \d+/m.test(await debugfs(fileSystem, 'read', [`stat ${path}`]));
}

/** Runs debugfs commands. Its exit code is 0 whatever happens to them: callers look at what came of it. */
async function debugfs(
  fileSystem: UnmountedExt4,
  access: 'read' | 'write',
  commands: readonly string[],
): Promise<string> {
  const options = access === 'write' ? ['-w'] : ['-D'];
  const { stdout } = await runTool('debugfs', [...options, '-f', '-', locate(fileSystem)], {
    stdin: commands.map((command) => `${command}\n`).join(''),
    signal: fileSystem.signal,
  });
  return stdout;
}

function locate({ device, startBytes }: UnmountedExt4): string {
  return `${device}?offset=${String(startBytes)}`;
}

function parsePath(path: string): ParsedPath {
  if (!/^(\/[A-Za-z0-9._-]+)+$/.test(path) || posix.normalize(path) !== path) {
    throw new RangeError(`not a plain absolute path: ${JSON.stringify(path)}`);
  }
  return posix.parse(path);
}

/**
 * Text as a file that has no name anywhere and lives in memory: it ends with this process, even if that is killed. debugfs
 * needs a regular file, and reaches it through /proc.
 */
async function secretFile(text: string): Promise<{ path: string; close: () => Promise<void> }> {
  const withoutName = 0o20_000_000 | constants.O_DIRECTORY; // O_TMPFILE, which Node does not name.
  const file = await open('/dev/shm', withoutName | constants.O_RDWR, 0o600);
  await file.writeFile(text);
  return { path: `/proc/${String(process.pid)}/fd/${String(file.fd)}`, close: () => file.close() };
}
