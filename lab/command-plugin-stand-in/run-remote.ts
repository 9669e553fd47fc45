import type { Client, ClientChannel } from 'ssh2';
import { dial } from './dial.ts';
import type { RemoteInputs } from './inputs.ts';
import { previousOutput, type CommandOutput } from './output.ts';

export interface Run {
  readonly command: string;
  readonly previous: { stdout: string; stderr: string };
  readonly output: CommandOutput;
  readonly onStatus: (line: string) => void;
  readonly signal: AbortSignal;
}

/**
 * Runs a command on the remote host, in the user's login shell.
 *
 * @throws Error in the plugin's words when the host cannot be reached or the command fails
 */
export async function runRemote(inputs: RemoteInputs, run: Run): Promise<void> {
  const client = await dial(inputs.connection, run.onStatus, run.signal);
  const abort = (): void => void client.destroy();
  run.signal.addEventListener('abort', abort);
  try {
    const ending = await execute(client, inputs, run);
    if (ending !== undefined) throw run.output.failure(ending, run.command);
  } finally {
    run.signal.removeEventListener('abort', abort);
    client.end();
  }
}

/** @returns how the command failed, or undefined */
async function execute(client: Client, inputs: RemoteInputs, run: Run): Promise<string | undefined> {
  const env = { ...inputs.environment, ...previousOutput(inputs, run.previous) };
  return await new Promise((resolve, reject) => {
    client.once('error', reject);
    client.exec(run.command, { env }, (error, channel) => {
      if (error) {
        reject(error);
        return;
      }
      // Listened to from here on: a short command's end arrives together with the channel.
      endingOf(client, channel, resolve);
      channel.on('data', (chunk: Buffer) => {
        run.output.write('stdout', chunk);
      });
      channel.stderr.on('data', (chunk: Buffer) => {
        run.output.write('stderr', chunk);
      });
      channel.end(inputs.stdin ?? '');
    });
  });
}

function endingOf(client: Client, channel: ClientChannel, onEnd: (ending: string | undefined) => void): void {
  let ending: string | undefined = 'wait: remote command exited without exit status or exit signal';
  channel.on('exit', (code: number | null, signal?: string) => {
    if (code === null) ending = `Process exited with status 1 from signal ${(signal ?? '').replace(/^SIG/, '')}`;
    else ending = code === 0 ? undefined : `Process exited with status ${String(code)}`;
  });
  channel.once('close', () => {
    onEnd(ending);
  });
  client.once('close', () => {
    onEnd(ending);
  });
}
