import { readFileSync, existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { installEngine } from './engine/install.ts';
import { LabError } from './errors.ts';
import { Lab } from './lab.ts';
import { sshCommand } from './pi/pi.ts';
import { consoleLog, powerSwitch } from './pi/power.ts';
import { reportToStderr } from './report.ts';
import { ensureStack } from './setup/deploy.ts';
import { wantsEmulation } from './workstation/emulation.ts';

/** Returns the exit code; none is 0. */
export type Command = (args: string[]) => Promise<number | undefined> | number | undefined;

const help = `npm run lab -- COMMAND

  up [PI…]               make the lab, or what is missing of it; further Pis by name
  down [--purge]         end everything; --purge removes its files too
  status                 what is there
  shell                  a shell on the workstation: \`pulumi preview\` works
  exec -- COMMAND…       one command there
  ssh [PI] [-- COMMAND…] log in to a Pi as user pi
  logs [PI]              a Pi's console
  card [reader|pi] [PI]  where the card is, or move it
  pi on|off|cut|reboot [PI]
  link up|down|slow [PI] a Pi's network cable
  emulation on|off       whether the workstation builds for aarch64

The lab lives in .lab; another one in the folder that NIXOS_PI_LAB names.
`;

export const commands: Readonly<Record<string, Command>> = {
  help: () => {
    process.stdout.write(help);
    return 0;
  },
  up: async (args) => {
    const lab = Lab.open();
    await lab.up(positionals(args));
    await installEngine(lab.instance, reportToStderr);
    await ensureStack(lab);
    return status();
  },
  down: async (args) => {
    const { values } = parseArgs({ args, options: { purge: { type: 'boolean' } } });
    await Lab.open().down({ purge: values.purge ?? false });
    return 0;
  },
  status,
  shell: async () => await Lab.open().execHere(['/bin/bash', '-i']),
  exec: async (args) => await Lab.open().execHere(afterDashes(args)),
  ssh: async (args) => {
    const lab = Lab.open();
    const dashes = args.indexOf('--');
    const [name] = dashes < 0 ? args : args.slice(0, dashes);
    return await lab.execHere(sshCommand(lab.pi(name).place, dashes < 0 ? [] : args.slice(dashes + 1)));
  },
  logs: (args) => {
    const file = consoleLog(Lab.open().pi(args[0]).place);
    if (existsSync(file)) process.stdout.write(readFileSync(file));
    return 0;
  },
  card: async ([slot, name]) => {
    const card = Lab.open().card(name);
    if (slot === 'reader' || slot === 'pi') await card.insert(slot);
    else if (slot !== undefined) throw new LabError('card [reader|pi] [PI]');
    process.stdout.write(`${card.where()}\n`);
    return 0;
  },
  pi: async ([action = '', name]) => {
    const pi = Lab.open().pi(name);
    const actions: Readonly<Record<string, () => Promise<void>>> = {
      on: () => pi.powerOn(),
      off: () => pi.powerOff(),
      cut: () => pi.powerCut(),
      reboot: () => pi.reboot(),
    };
    const act = actions[action];
    if (act === undefined) throw new LabError('pi on|off|cut|reboot [PI]');
    await act();
    return 0;
  },
  link: async ([state, name]) => {
    if (state !== 'up' && state !== 'down' && state !== 'slow') throw new LabError('link up|down|slow [PI]');
    await Lab.open().link(name, state);
    return 0;
  },
  emulation: async ([state]) => {
    if (state !== 'on' && state !== 'off') throw new LabError('emulation on|off');
    await Lab.open().emulation(state === 'on');
    return 0;
  },
};

/** Exit code 3 while it is down, as of a service. */
function status(): number {
  const lab = Lab.open();
  const { instance } = lab;
  if (!lab.isUp()) {
    process.stdout.write(`lab ${instance.directory}: down\n`);
    return 3;
  }
  const lines = [`lab ${instance.directory}: up`, `emulation of aarch64: ${wantsEmulation(instance) ? 'on' : 'off'}`];
  for (const { place } of instance.pis.map((pi) => lab.pi(pi.name))) {
    const card =
      lab.card(place.name).where() === 'pi' ? 'card in the Pi' : `card in the reader, /dev/disk/by-id/${place.reader}`;
    const power = lab.pi(place.name).isRunning() ? 'on' : powerSwitch(place) === 'on' ? 'has gone off' : 'off';
    lines.push(`${place.name}: ${place.address} (${place.name}.local), ${power}, ${card}`);
  }
  process.stdout.write(`${lines.join('\n')}\n`);
  return 0;
}

function positionals(args: string[]): string[] {
  return parseArgs({ args, allowPositionals: true }).positionals;
}

function afterDashes(args: string[]): string[] {
  const command = args[0] === '--' ? args.slice(1) : args;
  if (command.length === 0) throw new LabError('exec -- COMMAND…');
  return command;
}
