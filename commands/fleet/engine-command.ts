import type { PulumiCommand } from '@pulumi/pulumi/automation/index.js';
import { execa } from 'execa';
import type { Interruption } from './interruption.ts';

/** What the CLI printed where it did not succeed. */
export class EngineError extends Error {
  override readonly name = 'EngineError';
  readonly printed: string;

  constructor(printed: string) {
    super(printed);
    this.printed = printed;
  }
}

/**
 * The CLI, as the Automation API runs it, but each in a process group of its own: Ctrl-C at the terminal would else reach it
 * beside what is passed on here, and the second one ends an engine at once.
 */
export function interruptible(command: PulumiCommand, interruption: Interruption): PulumiCommand {
  const run = async (args: readonly string[], cwd: string, env: Readonly<Record<string, string>>) => {
    interruption.signal.throwIfAborted();
    const engine = execa(command.command, [...args, '--non-interactive'], {
      cwd,
      env: { ...env, PULUMI_AUTOMATION_API: 'true', PULUMI_SKIP_UPDATE_CHECK: 'true' },
      detached: true,
      reject: false,
      stdin: 'ignore',
    });
    const result = await interruption.during(() => void engine.kill('SIGINT'), engine);
    if (result.failed) throw new EngineError(result.stderr === '' ? (result.originalMessage ?? '') : result.stderr);
    return { stdout: result.stdout, stderr: result.stderr, code: 0 };
  };
  // What the Automation API calls; it is no part of its published types.
  return Object.assign(command, { run });
}
