import { existsSync, mkdtempSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openInstance } from '../../lab/instance.ts';
import { Lab } from '../../lab/lab.ts';
import { groupDirectory, inGroup, processesOf, removeGroup } from '../../lab/machine/control-group.ts';
import { findHolder } from '../../lab/machine/holder.ts';
import { loopsOf } from '../../lab/machine/loop-devices.ts';
import { runInside, startInside } from '../../lab/machine/machine.ts';
import { readPartitionTable } from '../../lab/card/partition-table.ts';
import { consoleLog } from '../../lab/pi/power.ts';
import { becomeCard, makeHandmadeCard } from './handmade-card.ts';
import { traces } from './traces.ts';

const project = openInstance('.lab-test').project;
const silent = (): void => undefined;
let directory: string;
let lab: Lab;

beforeAll(async () => {
  directory = mkdtempSync(path.join(project, '.lab-bench-'));
  lab = Lab.open(directory, silent);
  await lab.up();
}, 300_000);

afterAll(async () => {
  await lab.down({ purge: true });
  expect(await traces(lab.instance)).toEqual([]);
  expect(existsSync(directory)).toBe(false);
}, 60_000);

async function until(met: () => Promise<boolean> | boolean): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!(await met())) {
    if (Date.now() > deadline) throw new Error(`never: ${met.toString()}`);
    await sleep(50);
  }
}

function boots(pi?: string): number {
  const file = consoleLog(lab.pi(pi).place);
  return existsSync(file) ? readFileSync(file, 'utf8').split('handmade system is up').length - 1 : 0;
}

test('the processes of a control group are found while groups below it come and go, as those of a Pi do', async () => {
  const machine = lab.machine();
  const comeAndGo = 'while (1) { mkdir "$ARGV[0]/$_" for 1..8; rmdir "$ARGV[0]/$_" for 1..8 }';
  const argv = ['perl', '-e', comeAndGo, groupDirectory(machine, 'restless')];
  await startInside(machine, inGroup(machine, 'restless', argv), path.join(directory, 'restless.log'));
  try {
    await until(() => processesOf(machine, 'restless').length === 1);
    const looks = Array.from({ length: 2000 }, () => processesOf(machine, 'restless').length);
    expect(new Set(looks)).toEqual(new Set([1]));
  } finally {
    await removeGroup(machine, 'restless');
  }
});

describe('the workstation', () => {
  test('a second `up` keeps it as it is', async () => {
    const holder = findHolder(lab.instance);
    await lab.up();
    expect(findHolder(lab.instance)).toBe(holder);
  });

  test('arguments, input, exit codes and deaths by signal pass through', async () => {
    expect((await lab.exec(['printf', '%s|', 'a b', '$HOME', "it's"])).stdout).toBe("a b|$HOME|it's|");
    expect((await lab.exec(['cat'], { stdin: 'hello' })).stdout).toBe('hello');
    expect((await lab.exec(['sh', '-c', 'exit 7'])).code).toBe(7);
    expect((await lab.exec(['sh', '-c', 'kill -KILL $$'])).code).toBe(137);
    expect((await lab.exec(['no-such-program'])).code).toBe(127);
  });

  test('has a Nix of its own, the Node of the project, and this project at its own path', async () => {
    expect((await lab.exec(['nix-instantiate', '--eval', '--expr', '1 + 1'])).stdout).toBe('2');
    expect((await lab.exec(['node', '--version'])).stdout).toMatch(/^v24\./);
    expect((await lab.exec(['test', '-e', 'package.json'])).code).toBe(0);
    expect((await lab.exec(['ls', '/dev/disk/by-id'])).stdout).toBe('usb-Lab_Card_Reader_000000000001-0:0');
  });

  test('runs and builds for aarch64, unless emulation is off', async () => {
    const busybox = '/usr/lib/lab/aarch64/busybox';
    const derivation = `derivation { name = "a"; system = "aarch64-linux"; builder = "${busybox}"; args = [ "sh" "-c" "${busybox} uname -m > $out" ]; }`;
    const build = ['nix-build', '--no-out-link', '--expr', derivation.replace('"a"', `"a-${String(Date.now())}"`)];
    await lab.emulation(false);
    expect((await lab.exec(build)).stderr).toContain(`a 'aarch64-linux' with features {} is required to build`);
    await lab.emulation(true);
    const built = await lab.exec(build);
    expect((await lab.exec(['cat', built.stdout])).stdout).toBe('aarch64');
  });

  test('sees no network but the lab’s', async () => {
    expect((await lab.exec(['ip', '-brief', 'link'])).stdout.split('\n').map((line) => line.split(' ')[0])).toEqual([
      'lo',
      'lan',
    ]);
  });
});

describe('the card and the Pi', () => {
  test('a flashed card moves to the Pi, which boots from it, grows it, and answers', async () => {
    const image = path.join(directory, 'handmade.img');
    await makeHandmadeCard(image, { '/reboot-once': '' });
    const { device } = lab.card();
    expect((await lab.exec(['dd', `if=${image}`, `of=${device}`, 'bs=1M', 'status=none'])).code).toBe(0);
    await until(() => lab.card().where() === 'pi' && boots() === 1);
    expect((await lab.exec(['test', '-e', device])).code).not.toBe(0);
    expect((await lab.exec(['ping', '-c', '1', '-W', '2', 'lab.local'])).code).toBe(0);
    const [, root] = readPartitionTable(lab.card().imagePath) ?? [];
    expect((root?.offset ?? 0) + (root?.sizeBytes ?? 0)).toBe(statSync(lab.card().imagePath).size);
  }, 60_000);

  test('a reboot is one: the card was read twice', async () => {
    expect(readFileSync(consoleLog(lab.pi().place), 'utf8')).toContain('[board] reboot');
    await lab.pi().powerOff();
    expect(lab.pi().isRunning()).toBe(false);
    const log = await lab.pi().inspectCard((root) => Promise.resolve(readFileSync(path.join(root, 'boots'), 'utf8')));
    expect(log).toBe('boot\nboot\n');
  }, 60_000);

  test('shut down in order, all is on the card; cut off, what was not synced is lost', async () => {
    const read = async (name: string): Promise<string> =>
      await lab.pi().inspectCard((root) => Promise.resolve(readFileSync(path.join(root, name), 'utf8')));
    expect(await read('unsynced')).toBe('unsynced\n');
    await lab.pi().powerOn();
    await until(() => boots() === 2);
    await lab.pi().powerCut();
    expect(await read('boots')).toBe('boot\nboot\nboot\n');
    expect(await read('unsynced')).toBe('unsynced\n');
  }, 60_000);

  test('a pulled cable stays pulled through a power cycle', async () => {
    await lab.link(undefined, 'down');
    await lab.pi().powerOn();
    await until(() => boots() === 3);
    expect((await lab.exec(['ping', '-c', '1', '-W', '1', 'lab.local'])).code).not.toBe(0);
    await lab.link(undefined, 'up');
    expect((await lab.exec(['ping', '-c', '1', '-W', '2', 'lab.local'])).code).toBe(0);
  }, 60_000);

  test('a bad cable lets little through, also after a power cycle', async () => {
    const limits = async (): Promise<string> =>
      (await runInside(lab.machine(), ['tc', 'qdisc', 'show', 'dev', 'pi-10'])).stdout;
    await lab.link(undefined, 'slow');
    expect(await limits()).toMatch(/tbf .* rate 2Mbit/);
    await lab.pi().powerCut();
    await lab.pi().powerOn();
    await until(() => boots() === 4);
    expect(await limits()).toMatch(/tbf .* rate 2Mbit/);
    expect((await lab.exec(['ping', '-c', '1', '-W', '2', 'lab.local'])).code).toBe(0);
    await lab.link(undefined, 'up');
    expect(await limits()).not.toMatch(/tbf/);
  }, 60_000);

  test('a power cycle does not change its hardware address: others find it again at once', async () => {
    const inMachine = (...argv: string[]) => runInside(lab.machine(), argv);
    const found = async (): Promise<boolean> =>
      (await lab.exec(['ping', '-c', '1', '-W', '2', 'lab.local'])).code === 0;
    // As long as a cable is in the switch, the workstation remembers where everybody was.
    await inMachine('ip', 'link', 'add', 'other', 'type', 'veth', 'peer', 'name', 'plug');
    try {
      await inMachine('ip', 'link', 'set', 'other', 'up');
      await inMachine('ip', 'link', 'set', 'plug', 'master', 'lan', 'up');
      expect(await found()).toBe(true);
      await lab.pi().powerCut();
      await lab.pi().powerOn();
      await until(() => boots() === 5);
      expect(await found()).toBe(true);
    } finally {
      await inMachine('ip', 'link', 'delete', 'other');
    }
  }, 60_000);

  test('a running Pi keeps its card; a card in the reader boots nothing; the person leaves an unwritten card alone', async () => {
    await expect(lab.card().insert('reader')).rejects.toThrow('is running from its card');
    await lab.pi().powerOff();
    await lab.card().insert('reader');
    await expect(lab.pi().powerOn()).rejects.toThrow('in the reader');
    await sleep(2500);
    expect(lab.card().where()).toBe('reader');
  }, 60_000);
});

test('two labs side by side do not see each other', async () => {
  const other = Lab.open(mkdtempSync(path.join(project, '.lab-other-')), silent);
  try {
    await other.up(['second']);
    expect(other.instance.pis.map((pi) => `${pi.name} ${pi.address}`)).toEqual(['lab 10.42.0.10', 'second 10.42.0.11']);
    expect((await other.exec(['sh', '-c', 'ls /dev/disk/by-id | wc -l'])).stdout).toBe('2');
    expect((await lab.exec(['sh', '-c', 'ls /dev/disk/by-id | wc -l'])).stdout).toBe('1');
    await other.down({ purge: true });
    expect(await traces(other.instance)).toEqual([]);
    expect((await lab.exec(['/usr/lib/lab/aarch64/busybox', 'true'])).code).toBe(0);
  } finally {
    await other.down({ purge: true });
  }
}, 60_000);

test('a card that was taken out of its Pi is in no use, also while a Pi runs that was started after it', async () => {
  await lab.up(['second']);
  const image = path.join(directory, 'second.img');
  await makeHandmadeCard(image);
  for (const pi of ['lab', 'second']) {
    const before = boots(pi);
    await lab.card(pi).insert('pi');
    becomeCard(image, lab.card(pi).imagePath);
    await lab.pi(pi).powerOn();
    await until(() => boots(pi) === before + 1);
  }
  await lab.pi('lab').powerOff();
  expect(await loopsOf(lab.machine(), lab.card('lab').imagePath)).toEqual([]);
  expect(lab.pi('second').isRunning()).toBe(true);
}, 60_000);
