import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { CommandError, run } from '../../../provider/process/run.ts';
import { Programs } from './programs.ts';

let programs: Programs;
beforeAll(() => {
  programs = new Programs();
});
afterAll(() => {
  programs.remove();
});

async function failureOf(work: Promise<unknown>): Promise<CommandError> {
  try {
    await work;
  } catch (error) {
    if (error instanceof CommandError) return error;
    throw error;
  }
  throw new Error('it succeeded');
}

describe('a command that succeeds', () => {
  test('gives what it printed', async () => {
    expect(await run(programs.path('greets'), [])).toEqual({ stdout: 'out', stderr: 'err' });
  });

  test('gets its arguments as they are, without a shell', async () => {
    const hostile = ['$(reboot)', '`id`', "a'b", 'a"b', '', ' ', '-n', ';', '*', 'a\nb', 'é'];
    const { stdout } = await run(programs.path('tells'), hostile);
    expect(stdout.split('\0').slice(0, -1)).toEqual(hostile);
  });

  test('gets no input unless some is given', async () => {
    expect((await run(programs.path('repeats'), [])).stdout).toBe('');
    expect((await run(programs.path('repeats'), [], { stdin: 'a\n\nb' })).stdout).toBe('a\n\nb');
    expect((await run(programs.path('repeats'), [], { stdin: '' })).stdout).toBe('');
    expect((await run(programs.path('repeats'), [], { stdin: new Uint8Array([65, 66]) })).stdout).toBe('AB');
  });

  test('passes on nothing of the secrets that Pulumi keeps in the environment', async () => {
    const kept = {
      PULUMI_CONFIG: '{"sudoPassword":"horse"}',
      PULUMI_CONFIG_PASSPHRASE: 'horse',
      PULUMI_ACCESS_TOKEN: 'horse',
    };
    Object.assign(process.env, kept);
    try {
      expect((await run('env', [])).stdout).not.toContain('horse');
    } finally {
      for (const name of Object.keys(kept)) Reflect.deleteProperty(process.env, name);
    }
  });

  test('runs in the given environment and directory', async () => {
    process.env['TAKEN'] = 'there';
    try {
      const env = { GIVEN: 'x', TAKEN: undefined };
      const { stdout } = await run(programs.path('tells-its-environment'), [], { env, cwd: programs.directory });
      expect(stdout).toBe(`x|unset|${programs.directory}`);
    } finally {
      delete process.env['TAKEN'];
    }
  });

  test('may print 10 MB on each stream, all of which arrives', async () => {
    const lengths: number[] = [];
    const result = await run(programs.path('prints-10-MB'), [], { onStderrLine: (line) => lengths.push(line.length) });
    expect([result.stdout.length, result.stderr.length, ...lengths]).toEqual([1e7, 1e7, 1e7]);
  });

  test('may tell any number of lines, the last of which are kept', async () => {
    let told = 0;
    const { stderr } = await run('sh', ['-c', 'seq 1 100000 >&2'], { onStderrLine: () => (told += 1) });
    expect(told).toBe(100_000);
    expect(stderr).toMatch(/^98001\n[^]*\n100000$/);
  });

  test('tells its lines as they come, also the last one without an end', async () => {
    const lines: string[] = [];
    await run(programs.path('prints-lines'), [], { onStderrLine: (line) => lines.push(line) });
    expect(lines).toEqual(['one', 'two', 'three']);
  });

  test.each(['at once', 'at the last line, which has no end'])(
    'fails with what the reader of its lines threw, %s',
    async (when) => {
      const onStderrLine = (line: string) => {
        if (line === when) throw new Error('unreadable');
      };
      const program = `echo 'at once' >&2; sleep 0.2; printf 'at the last line, which has no end' >&2`;
      await expect(run('sh', ['-c', program], { onStderrLine })).rejects.toThrow('unreadable');
    },
  );
});

describe('a command that fails', () => {
  test('is named ready to paste, with its exit code and what it said', async () => {
    const error = await failureOf(run(programs.path('fails'), ['two words', '$x']));
    expect(error).toMatchObject({ exitCode: 3, stderr: 'first line\nlast line' });
    expect(error.message).toBe(
      [
        'A command ended with exit code 3.',
        `  tried: ${programs.path('fails')} 'two words' '$x'`,
        '  it said:',
        '      first line',
        '      last line',
        '  what to do: Run it by hand to see more, and `pulumi up` again when it works.',
      ].join('\n'),
    );
  });

  test('tells its lines before it does', async () => {
    const lines: string[] = [];
    await failureOf(run(programs.path('fails'), [], { onStderrLine: (line) => lines.push(line) }));
    expect(lines).toEqual(['first line', 'last line']);
  });

  test.each([
    ['ends-with-255', 255, 'A command ended with exit code 255.'],
    ['kills-itself', undefined, 'A command was ended by SIGKILL.'],
    ['is-terminated', undefined, 'A command was ended by SIGTERM.'],
  ] as const)('%s: death by signal is a failure', async (name, exitCode, what) => {
    const error = await failureOf(run(programs.path(name), []));
    expect([error.exitCode, error.problem.what]).toEqual([exitCode, what]);
  });

  test('because the program is missing', async () => {
    const error = await failureOf(run('no-such-program-here', ['x']));
    expect(error.problem.what).toBe('A command could not be started, because the program was not found.');
    expect(error.exitCode).toBeUndefined();
    expect(error.message).toContain('tried: no-such-program-here x');
  });

  test('because its interpreter is missing', async () => {
    const error = await failureOf(run(programs.path('cannot-be-run'), []));
    expect(error.problem.what).toMatch(/^A command could not be started/);
  });

  test('because it may not be run', async () => {
    const file = join(programs.directory, 'not-executable');
    writeFileSync(file, '#!/bin/sh\n');
    chmodSync(file, 0o644);
    const error = await failureOf(run(file, []));
    expect(error.message).toMatch(/^A command could not be started\.\n[^]*EACCES/);
  });

  test('because its directory is missing', async () => {
    const error = await failureOf(run(programs.path('greets'), [], { cwd: '/no/such/directory' }));
    expect(error.message).toContain('/no/such/directory');
  });
});

describe('a command that does not end', () => {
  test('is stopped after its time', async () => {
    const pidFile = join(programs.directory, 'timed-out');
    const error = await failureOf(run(programs.path('hangs'), [pidFile], { timeoutSeconds: 0.5 }));
    expect(error.problem.what).toBe('A command did not end in time and was stopped.');
    expect(error.exitCode).toBeUndefined();
    expect(isAlive(pidFile)).toBe(false);
  });

  test('is stopped by a cancellation', async () => {
    const pidFile = join(programs.directory, 'cancelled');
    const controller = new AbortController();
    const running = failureOf(run(programs.path('hangs'), [pidFile], { signal: controller.signal }));
    await waitFor(() => existsSync(pidFile));
    controller.abort();
    const error = await running;
    expect(error.problem.what).toBe('A command was stopped because the operation was cancelled.');
    expect(isAlive(pidFile)).toBe(false);
  });

  test('is not even started after a cancellation', async () => {
    const pidFile = join(programs.directory, 'never-started');
    const error = await failureOf(run(programs.path('hangs'), [pidFile], { signal: AbortSignal.abort() }));
    expect(error.problem.what).toBe('A command was stopped because the operation was cancelled.');
    expect(isAlive(pidFile)).toBe(false);
  });

  test('is killed when it ignores being asked to stop', async () => {
    const pidFile = join(programs.directory, 'stubborn');
    const error = await failureOf(run(programs.path('hangs-on'), [pidFile], { timeoutSeconds: 0.5 }));
    expect(error.problem.what).toBe('A command did not end in time and was stopped.');
    expect(isAlive(pidFile)).toBe(false);
  }, 20_000);
});

function isAlive(pidFile: string): boolean {
  if (!existsSync(pidFile)) return false;
  const text = readFileSync(pidFile, 'utf8').trim();
  return text !== '' && existsSync(`/proc/${text}`);
}

async function waitFor(condition: () => boolean): Promise<void> {
  for (let attempt = 0; attempt < 200 && !condition(); attempt += 1) await sleep(25);
  expect(condition()).toBe(true);
}
