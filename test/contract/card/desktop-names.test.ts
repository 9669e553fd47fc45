import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { execa } from 'execa';
import { Workbench } from './cards.ts';

const program = fileURLToPath(new URL('../../../commands/cards/main.ts', import.meta.url));

let bench: Workbench;
let device: string;
beforeAll(async () => {
  bench = await Workbench.make();
  device = await bench.card('card', 40);
});
afterAll(() => bench.remove());

// The names that systemd 256 and lvm2 make. A loop device stands for each of their devices; `dm-0` is its second node.
const desktop = `
set -eu
device=$1; new=$2
shift 2
mkdir --parents "$new"
mount -t tmpfs none "$new"
cp --archive /dev/null /dev/urandom "$device" "$new"
cp --archive "$device" "$new/dm-0"
mkdir --parents "$new/shm" "$new/disk/by-id" "$new/disk/by-path/pci-0000:00:14.0-usb-0:3:1.0-scsi-0:0:0:0-part/by-partnum"
ln --symbolic ../../dm-0 "$new/disk/by-id/dm-name-ubuntu--vg-ubuntu--lv"
ln --symbolic "../../\${device##*/}" "$new/disk/by-id/usb-Reader-0:0"
ln --symbolic ../../null "$new/disk/by-id/usb-Odd-0:0"
mount --move "$new" /dev
exec "$@"
`;

const cards = (...args: string[]) =>
  execa('unshare', [
    ...['--mount', '--propagation', 'private', 'sh', '-c', desktop, 'desktop', device, bench.path('dev')],
    ...[process.execPath, program, 'list', '--allow', 'loop', ...args],
  ]);

test('npm run cards lists every device of a desktop, and says what is wrong with the name of one', async () => {
  const { stdout } = await cards('--json');
  expect(JSON.parse(stdout)).toEqual([
    expect.objectContaining({ path: '/dev/disk/by-id/dm-name-ubuntu--vg-ubuntu--lv', reasons: [] }),
    expect.objectContaining({
      path: '/dev/disk/by-id/usb-Odd-0:0',
      name: '',
      reasons: [expect.stringContaining('is no block device')],
    }),
    expect.objectContaining({ path: '/dev/disk/by-id/usb-Reader-0:0', content: 'nothing', reasons: [] }),
  ]);
});

test('in words, too', async () => {
  const { stdout } = await cards();
  expect(stdout).toContain('/dev/disk/by-id/usb-Odd-0:0\n  no: /dev/disk/by-id/usb-Odd-0:0 is no block device.');
  expect(stdout).toContain('pulumi config set cardDevice /dev/disk/by-id/usb-Reader-0:0');
});
