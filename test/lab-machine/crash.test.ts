import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { openInstance } from '../../lab/instance.ts';
import { Lab } from '../../lab/lab.ts';
import { findHolder } from '../../lab/machine/holder.ts';
import { tryInside } from '../../lab/machine/machine.ts';
import { consoleLog } from '../../lab/pi/power.ts';
import { becomeCard, makeHandmadeCard } from './handmade-card.ts';
import { remainingTraces, surroundings } from './traces.ts';

const project = openInstance('.lab-test').project;
const main = path.join(project, 'lab/main.ts');
const silent = (): void => undefined;

let directory: string;
let image: string;
let before: string;
let lab: Lab;

beforeAll(async () => {
  directory = mkdtempSync(path.join(project, '.lab-crash-'));
  image = path.join(directory, 'handmade.img');
  await makeHandmadeCard(image);
  before = await surroundings();
  lab = Lab.open(directory, silent);
});

afterEach(async () => {
  await lab.down();
  expect(await remainingTraces(lab.instance)).toEqual([]);
  expect(await surroundings()).toBe(before);
}, 60_000);

afterAll(() => {
  rmSync(directory, { recursive: true });
});

async function upWithRunningPi(): Promise<void> {
  await lab.up();
  if (lab.pi().isRunning()) return;
  await lab.card().insert('pi');
  becomeCard(image, lab.card().imagePath);
  await lab.pi().powerOn();
  await untilConsoleSays('handmade system is up', 1);
}

async function untilConsoleSays(text: string, times: number): Promise<void> {
  const file = consoleLog(lab.pi().place);
  await until(() => existsSync(file) && readFileSync(file, 'utf8').split(text).length > times);
}

async function until(met: () => boolean): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!met()) {
    if (Date.now() > deadline) throw new Error(`never: ${met.toString()}`);
    await sleep(50);
  }
}

describe('after the worst, `down` leaves nothing and `up` repairs', () => {
  test('the holder of the namespaces is killed', async () => {
    await upWithRunningPi();
    process.kill(findHolder(lab.instance) ?? 0, 'SIGKILL');
    await until(() => findHolder(lab.instance) === undefined);
    rmSync(consoleLog(lab.pi().place));
    await lab.up();
    // The Pi was on when the world ended: it boots again.
    await untilConsoleSays('handmade system is up', 1);
    process.kill(findHolder(lab.instance) ?? 0, 'SIGKILL');
  }, 60_000);

  test('a power supply is killed: its board stops, and the next `up` boots it again', async () => {
    await upWithRunningPi();
    const { place } = lab.pi();
    await tryInside(lab.machine(), ['pkill', '-KILL', '--full', 'power-supply.ts']);
    await until(() => !lab.pi().isRunning());
    rmSync(consoleLog(place));
    await lab.up();
    await untilConsoleSays('handmade system is up', 1);
    await tryInside(lab.machine(), ['pkill', '-KILL', '--full', 'power-supply.ts']);
  }, 60_000);

  test.each([30, 90, 150, 210, 270, 350, 450, 600, 800])(
    '`up` is killed after %d ms',
    async (milliseconds) => {
      const up = spawn(process.execPath, [main, 'up'], {
        env: { ...process.env, NIXOS_PI_LAB: directory },
        stdio: 'ignore',
      });
      const ended = once(up, 'exit');
      await sleep(milliseconds);
      up.kill('SIGKILL');
      await ended;
      if (milliseconds % 60 === 30) return;
      await lab.up();
      expect((await lab.exec(['true'])).code).toBe(0);
    },
    60_000,
  );

  test('its directory is removed while it is up', async () => {
    await upWithRunningPi();
    // What still runs goes on writing there.
    rmSync(directory, { recursive: true, force: true, maxRetries: 20 });
    lab = Lab.open(directory, silent);
  }, 60_000);
});
