import { chmod, mkdir, open, readFile, readdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { parsePartitionTable } from '../../../card-writer/partition-table.ts';
import { flashedCard } from '../../../provider/handlers/flashed-card.ts';
import { run } from '../../../provider/process/run.ts';
import {
  Workbench,
  fingerprintOf,
  flashTo,
  hostKeyPath,
  inputsFor,
  makeImage,
  readFromRoot,
  recorder,
  rootOf,
  rootStartBytes,
  statInRoot,
  imageSizeBytes,
} from './cards.ts';

jest.setTimeout(120_000);

let bench: Workbench;
beforeEach(async () => {
  bench = await Workbench.make();
});
afterEach(() => bench.remove());

describe('a flash', () => {
  test('puts the whole image on the card, and a host key of its own into it', async () => {
    const image = await makeImage(bench);
    const device = await bench.card('card', 40);
    const context = recorder();
    const { id, outputs } = await flashedCard.create(context, await inputsFor(device, image));

    expect(outputs).toMatchObject({
      flashId: id,
      verified: true,
      writtenBytes: imageSizeBytes,
      identity: { sizeBytes: 40 * 1024 * 1024 },
    });
    expect(outputs.writtenSha256).toBe(outputs.imageSha256);
    expect(JSON.parse(JSON.stringify(outputs))).toEqual(outputs);
    expect(await readFromRoot(device, '/boot/extlinux/extlinux.conf')).toBe('DEFAULT nixos-default');
    await expectSameBefore(bench.path('pi.img'), bench.path('card'), rootStartBytes);
    await run('e2fsck', ['-f', '-n', rootOf(device)]);
  });

  test('the host key is what sshd takes, and belongs to root alone', async () => {
    const device = await bench.card('card', 40);
    const { hostPublicKey } = await flashTo(device, await makeImage(bench));
    const copy = bench.path('key');
    await writeFile(copy, `${await readFromRoot(device, hostKeyPath)}\n`);
    await chmod(copy, 0o600);

    expect((await run('ssh-keygen', ['-y', '-f', copy])).stdout.trim()).toBe(hostPublicKey);
    expect(await readFromRoot(device, `${hostKeyPath}.pub`)).toBe(hostPublicKey);
    expect(await statInRoot(device, hostKeyPath)).toMatch(/Mode: +0600[^]*User: +0 +Group: +0 /);
    expect(await statInRoot(device, `${hostKeyPath}.pub`)).toMatch(/Mode: +0644/);
    expect(await statInRoot(device, '/etc/ssh')).toMatch(/Type: directory +Mode: +0755[^]*User: +0 +Group: +0 /);
  });

  test('a key that the image brought along is replaced', async () => {
    const image = await makeImage(bench);
    await mkdir(bench.path('pi.tree/etc/ssh'), { recursive: true });
    await writeFile(bench.path('pi.tree/etc/ssh/ssh_host_ed25519_key'), 'everybody has this one\n'.repeat(500));
    const device = await bench.card('card', 40);
    const { hostPublicKey } = await flashTo(device, await makeImage(bench));
    expect(image).toBe(bench.path('pi.img.zst'));
    expect(await readFromRoot(device, hostKeyPath)).not.toContain('everybody');
    expect(await readFromRoot(device, `${hostKeyPath}.pub`)).toBe(hostPublicKey);
  });

  test('the private key is nowhere but on the card', async () => {
    const image = await makeImage(bench);
    const device = await bench.card('card', 40);
    const shm = await readdir('/dev/shm');
    const commandLines = await recordCommandLines();
    const context = recorder();
    const { outputs } = await flashedCard.create(context, await inputsFor(device, image));
    const called = await commandLines();

    const privateLines = (await readFromRoot(device, hostKeyPath))
      .split('\n')
      .filter((line) => !line.startsWith('-----'));
    const said = [JSON.stringify(outputs), ...context.lines, called].join('\n');
    expect(privateLines.length).toBeGreaterThan(3);
    for (const line of privateLines) expect(said).not.toContain(line);
    for (const tool of tools) expect(called).toContain(`${tool} `);
    expect(await readdir('/dev/shm')).toEqual(shm);
  });

  test('an uncompressed image works, and so does no verification', async () => {
    await makeImage(bench);
    const device = await bench.card('card', 32);
    const outputs = await flashTo(device, bench.path('pi.img'), { verify: false });
    expect(outputs).toMatchObject({ verified: false, writtenBytes: imageSizeBytes });
    await run('e2fsck', ['-f', '-n', rootOf(device)]);
  });

  test('no partition table of before stays, at either end of the card', async () => {
    const device = await bench.card('card', 40);
    await run('sfdisk', ['--quiet', device], { stdin: 'label: gpt\nsize=10MiB\n' });
    await flashTo(device, await makeImage(bench), { erase: await fingerprintOf(device) });
    const end = (await readFile(bench.path('card'))).subarray(-64 * 1024);
    expect(end.equals(Buffer.alloc(end.length))).toBe(true);
    expect((await run('blkid', ['--probe', '--match-tag', 'PTTYPE', device])).stdout).toContain('PTTYPE="dos"');
  });

  test('progress tells bytes, and the end where to put the card', async () => {
    const device = await bench.card('card', 40);
    const context = recorder();
    await flashedCard.create(context, await inputsFor(device, await makeImage(bench)));
    expect(context.lines).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^writing \/dev\/loop\d+: 34 MB of 34 MB \(100 %\)/),
        expect.stringMatching(/^reading back \/dev\/loop\d+: 34 MB of 34 MB \(100 %\)/),
        expect.stringMatching(
          /Put the card into the Pi and switch it on: .*is ready\..* unmount it first\.\nWritten: /,
        ),
      ]),
    );
  });

  test.each([
    ['/boot/extlinux', 'the image has a folder there'],
    ['/boot/extlinux/extlinux.conf/token', '/boot/extlinux/extlinux.conf is no folder in the image'],
    ['/away/token', '/away is no folder in the image'],
  ])('a file that cannot be %s is said to be so, and lands nowhere else', async (path, reason) => {
    await mkdir(bench.path('pi.tree'));
    await symlink('/nowhere', bench.path('pi.tree/away'));
    const device = await bench.card('card', 40);
    const file = { path, content: 'of nobody else', mode: '0600', userId: 0, groupId: 0 };
    await expect(flashTo(device, await makeImage(bench), { files: [file] })).rejects.toThrow(reason);
    expect((await readFile(bench.path('card'))).includes(file.content)).toBe(false);
  });

  test('a user who may open the device needs no other right', async () => {
    const image = await makeImage(bench);
    const device = await bench.card('card', 40);
    await chmod(bench.folder, 0o755);
    await run('chown', ['nobody', device]);
    bench.later(() => run('chown', ['root', device]));
    const program = new URL('flash-program.ts', import.meta.url).pathname;
    const inputs = JSON.stringify(await inputsFor(device, image));
    const asNobody = ['--reuid', 'nobody', '--regid', 'nogroup', '--clear-groups', process.execPath, program];
    const { stdout } = await run('setpriv', [...asNobody, inputs]);
    expect(stdout).toContain('created');
    await run('e2fsck', ['-f', '-n', rootOf(device)]);
  });
});

/** Compares two files up to a length: the root partition differs, because the host key is in it. */
async function expectSameBefore(left: string, right: string, bytes: number): Promise<void> {
  const [one, other] = await Promise.all([left, right].map((path) => readStart(path, bytes)));
  expect(one?.equals(other ?? Buffer.alloc(0))).toBe(true);
}

async function readStart(path: string, bytes: number): Promise<Buffer> {
  const file = await open(path);
  try {
    return (await file.read(Buffer.alloc(bytes), 0, bytes, 0)).buffer;
  } finally {
    await file.close();
  }
}

const tools = ['lsblk', 'blkid', 'debugfs', 'e2fsck'];

/** Puts programs before the system's own that write down how they are called, and then are the system's own. */
async function recordCommandLines(): Promise<() => Promise<string>> {
  const log = bench.path('command-lines');
  const folder = bench.path('bin');
  const path = process.env['PATH'] ?? '';
  await mkdir(folder);
  for (const tool of tools) {
    const script = `#!/bin/sh\necho "${tool} $*" >> ${log}\nPATH=\${PATH#*:} exec ${tool} "$@"\n`;
    await writeFile(join(folder, tool), script, { mode: 0o755 });
  }
  process.env['PATH'] = `${folder}:${path}`;
  bench.later(() => Promise.resolve((process.env['PATH'] = path)));
  return () => readFile(log, 'utf8');
}

test('two resources of one run that want the same reader get a card each, one after the other', async () => {
  const device = await bench.card('first', 40);
  const inputs = await inputsFor(device, await makeImage(bench));
  const lines: string[] = [];
  const context = recorder((line) => lines.push(line));
  const first = flashedCard.create({ ...context, urn: `${bench.folder}::attic` }, inputs);
  const second = flashedCard.create({ ...context, urn: `${bench.folder}::kitchen` }, inputs);
  const notes = recorder();
  expect(await flashedCard.validate?.(notes, inputs, undefined, [])).toEqual([]);
  expect(notes.lines.join('\n')).toContain('Another card is being written');
  const { id } = await first;
  // The card that was written is still in the reader.
  while (!lines.some((line) => line.includes('put in the next'))) await pause(50);
  await bench.exchange(device, 'second', 40);
  expect((await second).id).not.toBe(id);
  for (const name of ['first', 'second'])
    expect(parsePartitionTable((await readFile(bench.path(name))).subarray(0, 4096))).toHaveLength(2);
});
