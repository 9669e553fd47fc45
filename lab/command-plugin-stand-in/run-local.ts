import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Inputs } from './inputs.ts';
import { previousOutput, type CommandOutput } from './output.ts';

interface Run {
  readonly command: string;
  readonly previous: { stdout: string; stderr: string };
  readonly output: CommandOutput;
  readonly signal: AbortSignal;
}

/**
 * Runs a command on this machine, through `/bin/sh -c` unless another interpreter is given.
 *
 * @throws Error in the plugin's words when it cannot be started or fails
 */
export async function runLocal(inputs: Inputs, run: Run): Promise<void> {
  const [interpreter = '/bin/sh', ...args] = inputs.interpreter?.length ? inputs.interpreter : ['/bin/sh', '-c'];
  const child = spawn(interpreter, [...args, run.command], {
    ...(inputs.dir === undefined ? {} : { cwd: inputs.dir }),
    env: { ...process.env, ...inputs.environment, ...previousOutput(inputs, run.previous) },
    signal: run.signal,
  });
  child.stdout.on('data', (chunk: Buffer) => {
    run.output.write('stdout', chunk);
  });
  child.stderr.on('data', (chunk: Buffer) => {
    run.output.write('stderr', chunk);
  });
  // A command that does not read its input closes the pipe early.
  child.stdin.on('error', () => undefined).end(inputs.stdin ?? '');
  const ending = await once(child, 'close').then(
    ([code, signal]: unknown[]) => describeEnding(code as number | null, signal as string | null),
    (error: unknown) => `fork/exec ${interpreter}: ${error instanceof Error ? error.message : String(error)}`,
  );
  if (ending !== undefined) throw run.output.failure(ending, run.command);
}

const signalTexts: Readonly<Record<string, string>> = {
  SIGKILL: 'killed',
  SIGTERM: 'terminated',
  SIGINT: 'interrupt',
  SIGHUP: 'hangup',
};

function describeEnding(code: number | null, signal: string | null): string | undefined {
  if (signal !== null) return `signal: ${signalTexts[signal] ?? signal}`;
  return code === 0 ? undefined : `exit status ${String(code)}`;
}
