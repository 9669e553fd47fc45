import { mkdir, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { ClaimedDevice } from '../../../card-writer/claimed-device.ts';
import { readDeviceFacts } from '../../../card-writer/device-facts.ts';
import { eject } from '../../../card-writer/eject.ts';
import { Workbench } from './cards.ts';

let bench: Workbench;
let device: ClaimedDevice;
let name: string;
beforeEach(async () => {
  bench = await Workbench.make();
  const facts = await readDeviceFacts(await bench.card('card', 40));
  ({ name } = facts);
  device = await ClaimedDevice.claim(facts, 'write');
});
afterEach(async () => {
  await device.close();
  await bench.remove();
});

/** An `eject` before the system's own, which opens the device as that does since util-linux 2.35: loop devices cannot be ejected. */
async function ejectOfUtilLinux(): Promise<void> {
  const before = process.env['PATH'] ?? '';
  const program = `#!${process.execPath}
const { constants, openSync } = require('node:fs');
const options = process.argv.slice(2, -1);
const exclusive = options.includes('--no-unmount') || options.includes('-m') ? 0 : constants.O_EXCL;
openSync(process.argv.at(-1), constants.O_RDWR | constants.O_NONBLOCK | exclusive);
`;
  await mkdir(bench.path('bin'));
  await writeFile(bench.path('bin/eject'), program, { mode: 0o755 });
  process.env['PATH'] = `${bench.path('bin')}:${before}`;
  bench.later(() => Promise.resolve((process.env['PATH'] = before)));
}

test('a card in a USB reader is ejected while it is held', async () => {
  await ejectOfUtilLinux();
  expect(await eject({ kind: 'usb', name })).toBe(true);
});

test('a card in a slot, and one that cannot be ejected, are not said to be', async () => {
  await ejectOfUtilLinux();
  expect(await eject({ kind: 'mmc', name })).toBe(false);
  expect(await eject({ kind: 'usb', name: 'none' })).toBe(false);
});
