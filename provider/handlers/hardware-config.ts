import { access, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { generateHardwareConfig } from '../activation/generate-hardware-config.ts';
import { readRunningSystem, type RunningSystem } from '../activation/running-system.ts';
import type { Context } from '../context.ts';
import { codeOf, messageOf, PartialFailure, ProvisioningError } from '../errors.ts';
import { makeVisibleToFlake } from '../nix/flake-visibility.ts';
import { elevationMethods } from '../ssh/elevate.ts';
import { type SshSession, withSession } from '../ssh/session.ts';
import { resolveSshTarget, sshTargetSchema } from '../ssh/target.ts';
import { elevationFailures, identityFileFailures, oneOf, seconds } from './input-rules.ts';
import type { Created, Handler } from './handler.ts';

const schema = z.strictObject({
  connection: sshTargetSchema,
  sudoPassword: z.string().optional(),
  elevation: oneOf('elevation', elevationMethods).optional(),
  /** The file to write. */
  path: z.string().min(1),
  overwrite: z.boolean().default(false),
  flashId: z.string().optional(),
  firstBootTimeoutSeconds: seconds('firstBootTimeoutSeconds', 900),
});

export type HardwareConfigInputs = z.infer<typeof schema>;

export interface HardwareConfigOutputs extends HardwareConfigInputs {
  readonly text: string;
  readonly boardModel: string;
  readonly machineId: string;
  /** Whether the file was written. The engine forgets at a refresh that a create failed part of the way. Undefined in states of before. */
  readonly written?: boolean;
}

/** Wait for the first boot, let the Pi describe its hardware, and write that beside the configuration. */
export const hardwareConfig: Handler<HardwareConfigInputs, HardwareConfigOutputs> = {
  schema,

  async validate(_context, inputs) {
    return [...elevationFailures(inputs), ...(await identityFileFailures(inputs.connection))];
  },

  async diff(outputs, inputs, unknown) {
    if (unknown.includes('flashId') || inputs.flashId !== outputs.flashId)
      return { changes: true, replaces: ['flashId'] };
    const moved = inputs.path !== outputs.path;
    const lacking = outputs.written === false || !(await exists(outputs.path));
    return { changes: moved || unknown.length > 0 || lacking };
  },

  async create(context, inputs): Promise<Created<HardwareConfigOutputs>> {
    const outputs = await fetchFromPi(context, inputs);
    try {
      await write(context, outputs);
    } catch (error) {
      if (error instanceof ProvisioningError)
        throw new PartialFailure(error.problem, outputs.machineId, { ...outputs, written: false });
      throw error;
    }
    return { id: outputs.machineId, outputs: { ...outputs, written: true } };
  },

  // What the Pi said is a record: it is written once, and from then on the file belongs to its owner.
  read: (_context, _id, outputs) => Promise.resolve(outputs),

  async update(context, _id, outputs, inputs) {
    const wanted = { ...outputs, ...inputs, written: true };
    await write(context, wanted);
    return wanted;
  },

  delete(context, _id, outputs) {
    context.log.info(`${outputs.path} stays where it is: it belongs to your configuration.`);
    return Promise.resolve();
  },
};

async function fetchFromPi(context: Context, inputs: HardwareConfigInputs): Promise<HardwareConfigOutputs> {
  const target = await resolveSshTarget(inputs.connection);
  // One time for both: for the Pi to answer, and for its first boot to finish.
  const deadline = Date.now() + inputs.firstBootTimeoutSeconds * 1000;
  const fetch = async (session: SshSession) => {
    const running = await waitForFirstBoot(context, session, inputs.firstBootTimeoutSeconds, deadline);
    context.progress('reading the hardware configuration');
    const text = await session.use((connection) =>
      generateHardwareConfig(connection, { sudoPassword: inputs.sudoPassword, method: inputs.elevation }),
    );
    return { ...inputs, text, boardModel: running.boardModel, machineId: running.machineId };
  };
  // After a flash the card has to be moved first: until then the Pi may run its old one, with another host key.
  const moved =
    inputs.flashId === undefined ? {} : { awaitHostKey: true, wish: 'put the card into the Pi, switch it on' };
  return withSession(context, target, inputs.firstBootTimeoutSeconds, fetch, moved);
}

async function waitForFirstBoot(
  context: Context,
  session: SshSession,
  timeoutSeconds: number,
  deadline: number,
): Promise<RunningSystem> {
  for (;;) {
    const running = await session.use((connection) => readRunningSystem(connection));
    if (running.firstBootFinished) return running;
    if (Date.now() > deadline) {
      throw new ProvisioningError({
        what: `The first boot of ${session.target.name} did not finish within ${String(timeoutSeconds)} s.`,
        remedy:
          'Look at it there: `journalctl -b`, with a newer NixOS also `systemctl status register-nix-paths`; then run `pulumi up` again.',
      });
    }
    context.progress('waiting for the first boot to finish');
    await sleep(1000, undefined, { signal: context.signal });
  }
}

async function write(context: Context, { path, text, overwrite }: HardwareConfigOutputs): Promise<void> {
  const file = resolve(path);
  const existing = await readExisting(path);
  if (existing !== undefined && existing !== text && !overwrite) {
    throw new ProvisioningError({
      what: `${path} exists and differs from what the Pi says about itself; it was left as it is.`,
      remedy:
        'Keep yours: drop the HardwareConfig. Take the new one: set `overwrite: true` (config `overwriteHardwareConfig`), or move the file away.',
    });
  }
  if (existing !== text) {
    try {
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, text);
    } catch (error) {
      throw fileError(`${path} cannot be written.`, error);
    }
    context.log.info(`wrote ${path}`);
  }
  await makeVisibleToFlake(context, file);
}

/** The file's text; undefined only where there is none: what cannot be read is not taken for missing. */
async function readExisting(path: string): Promise<string | undefined> {
  try {
    return await readFile(resolve(path), 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw fileError(`${path} cannot be read.`, error);
  }
}

function fileError(what: string, error: unknown): ProvisioningError {
  const remedy = 'The Pi has answered, and what it said is kept: mend this and run `pulumi up` again.';
  return new ProvisioningError({ what, original: messageOf(error), remedy }, { cause: error });
}

async function exists(path: string): Promise<boolean> {
  return access(resolve(path)).then(
    () => true,
    () => false,
  );
}
