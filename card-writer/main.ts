#!/usr/bin/env node
// Writes a card: one request as a JSON line and then the image on standard input, JSON lines on standard output. May run
// as root for a user who is not: it trusts nothing that it is told, and opens nothing but the one device.
import { carryOut } from './carry-out.ts';
import { type WriterEvent, tellStandardOutput } from './events.ts';
import { requireGranted } from './granted-kinds.ts';
import { Input } from './input.ts';
import { problemOf } from './problem.ts';
import { useSystemToolsOnly } from './system-tool.ts';
import { ownLibraries, requireNoArguments, requirePlainInterpreter, requireSafePlace } from './safe-place.ts';

const longestRequest = 4 * 1024 * 1024;

/** Given by whoever starts it with the rights that they have anyway; the rule for sudo allows no argument at all. */
const ownRights = process.argv[2] === '--own-rights';

async function main(): Promise<WriterEvent> {
  if (!ownRights) {
    requireNoArguments(process.argv.slice(2));
    requirePlainInterpreter(process.env, process.execArgv);
    requireSafePlace([process.execPath, process.argv[1] ?? '', ...ownLibraries()]);
    useSystemToolsOnly();
    process.chdir('/');
    process.umask(0o077);
  }
  const input = new Input();
  return carryOut(input.line(longestRequest), input, tellStandardOutput, ownRights ? undefined : requireGranted);
}

try {
  tellStandardOutput(await main());
} catch (error) {
  process.exitCode = 1;
  tellStandardOutput({ event: 'failed', problem: problemOf(error) });
}
