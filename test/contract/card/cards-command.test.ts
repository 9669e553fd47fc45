import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { execa } from 'execa';
import { run } from '../../../provider/process/run.ts';
import { Workbench, fingerprintOf, hostKeyPath, makeImage, readFromRoot } from './cards.ts';

const program = fileURLToPath(new URL('../../../commands/cards/main.ts', import.meta.url));

jest.setTimeout(120_000);

let bench: Workbench;
let image: string;
let device: string;
beforeAll(async () => {
  bench = await Workbench.make();
  image = await makeImage(bench);
  device = await bench.card('card', 40);
});
afterAll(() => bench.remove());

const cards = (...args: string[]) => execa(process.execPath, [program, ...args, '--allow', 'loop'], { reject: false });

// One card's life, in order.
describe('npm run cards', () => {
  test('shows an empty card, with the lines that make it a stack’s', async () => {
    const { stdout, exitCode } = await cards('--device', device);
    expect([exitCode, stdout.split('\n')]).toEqual([
      0,
      [
        device,
        expect.stringContaining('42 MB, loop'),
        '  holds nothing',
        `  pulumi config set cardDevice ${device}`,
        '  pulumi config set cardSizeBytes 41943040',
      ],
    ]);
  });

  test('says why a device is none', async () => {
    const { stdout } = await execa(process.execPath, [program, 'list', '--json', '--device', device]);
    expect(JSON.parse(stdout)).toEqual([
      expect.objectContaining({ path: device, reasons: [expect.stringContaining('is a loop device, not a card')] }),
    ]);
  });

  test('writes a card, and tells the host key that is on it', async () => {
    const { stdout, stderr, exitCode } = await cards('flash', '--device', device, '--image', image);
    expect([exitCode, stderr]).toEqual([0, '']);
    const [, key] = /^SSH host key of the Pi: (ssh-ed25519 \S+)/m.exec(stdout) ?? [];
    expect(await readFromRoot(device, `${hostKeyPath}.pub`)).toContain(key);
  });

  test('takes a name of the image from where the person is, and says which option is wrong', async () => {
    const options = { reject: false, cwd: bench.folder, env: { INIT_CWD: bench.folder } };
    const wrong = ['--image', 'pi.img.zst', '--device', device, '--erase', 'yes', '--allow', 'loop'];
    const { stderr, exitCode } = await execa(process.execPath, [program, 'flash', ...wrong], options);
    expect([exitCode, stderr]).toEqual([
      1,
      '--erase must be the fingerprint of what may be erased, as a preview shows it',
    ]);
  });

  test('does not write over it, unless its fingerprint is named', async () => {
    const flash = ['flash', '--device', device, '--image', image];
    const { stderr, exitCode } = await cards(...flash);
    const fingerprint = await fingerprintOf(device);
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining(fingerprint)]);
    expect((await cards('--device', device)).stdout).toContain(`pulumi config set eraseCard ${fingerprint}`);
    expect((await cards(...flash, '--erase', fingerprint)).exitCode).toBe(0);
  });

  test('compares it with its image: only what was put on for the first boot differs', async () => {
    const { stdout, stderr, exitCode } = await cards('verify', '--device', device, '--image', image);
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(stdout.split('\n')).toEqual([
      'boot record and gap: as in the image',
      'partition 1 (firmware): as in the image',
      expect.stringMatching(/^partition 2 \(Linux\): \d+ MiB differ, as is normal after a flash/),
    ]);
  });

  test('notices a boot record that is another one', async () => {
    await run('dd', ['if=/dev/urandom', `of=${device}`, 'bs=100', 'count=1', 'conv=notrunc,fsync', 'status=none']);
    const { stdout, exitCode } = await cards('verify', '--device', device, '--image', image);
    expect([exitCode, stdout]).toEqual([1, expect.stringMatching(/^boot record and gap: 1 MiB differ/)]);
  });

  test('says what a card cannot be compared with', async () => {
    const { stderr, exitCode } = await cards('verify', '--device', device, '--image', bench.path('none.img'));
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining('cannot be read')]);
  });
});
