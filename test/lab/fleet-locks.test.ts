import { readdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { execa } from 'execa';
import { atTerminal, terminalVariables } from '../../lab/pseudo-terminal.ts';
import { insideWorkstation } from '../../lab/workstation/environment.ts';
import { eventually } from './pi-facts.ts';
import { type HeldDeployment, holdIn, phaseNamed } from './phases.ts';
import { ReadyPi } from './ready-pi.ts';

jest.setTimeout(6 * 60_000);

describe('a stack that somebody works on', () => {
  let ready: ReadyPi;
  let backend: string;

  beforeAll(async () => {
    ready = await ReadyPi.make();
    backend = path.join(ready.lab.instance.directory, 'state');
  });

  beforeEach(() => ready.startOver());

  /** Runs `npm run fleet` at a terminal of its own that is no CI's; what it printed is in a file. */
  function fleet(...args: string[]) {
    const { project, lab } = ready;
    const log = path.join(project.directory, 'fleet.log');
    const command = `exec node commands/fleet/main.ts ${args.join(' ')} --only ready`;
    const argv = atTerminal(command, { columns: 200, rows: 20 }, 'fleet.log');
    const run = insideWorkstation(lab.machine(), argv, {
      cwd: project.directory,
      env: { ...project.env, ...terminalVariables },
    });
    const ended = execa(run[0] ?? '', run.slice(1), { reject: false });
    const says = (pattern: RegExp) =>
      eventually(async () => {
        const text = await readFile(log, 'utf8').catch(() => '');
        if (!pattern.test(text)) throw new Error(`it did not say ${String(pattern)}:\n${text}`);
      });
    return { ended, says, press: (key: string) => ended.stdin.write(key) };
  }

  async function locks(): Promise<string[]> {
    const files = await readdir(path.join(backend, '.pulumi/locks'), { recursive: true }).catch(() => []);
    return files.filter((file) => file.includes('ready') && file.endsWith('.json'));
  }

  let held: HeldDeployment | undefined;
  afterEach(async () => {
    await held?.phase.release(ready);
    await held?.ended;
    held = undefined;
    await rm(path.join(ready.project.directory, 'fleet.log'), { force: true });
  });

  test('is waited for, and who works on it is named', async () => {
    held = await holdIn(ready, phaseNamed('activation'));
    const run = fleet('up');
    await run.says(/ready +waits for the lock .*root@\S+ \(pid \d+\) since \S+ works on this stack/);
    await held.phase.release(ready);
    await held.ended;
    const { exitCode, stdout } = await run.ended;
    expect([exitCode, stdout]).toEqual([0, expect.stringMatching(/ready +unchanged/)]);
    expect(await locks()).toEqual([]);
  });

  test('is pending when that does not end, with who and what to do; the lock of a killed CLI is not broken', async () => {
    held = await holdIn(ready, phaseNamed('activation'));
    const [lock = ''] = await locks();
    const { pid } = JSON.parse(await readFile(path.join(backend, '.pulumi/locks', lock), 'utf8')) as { pid: number };
    await ready.project.run('kill', '-KILL', String(pid));
    await held.ended;
    await held.phase.release(ready);
    const { exitCode, stdout } = await fleet('up').ended;
    expect([exitCode, stdout]).toEqual([1, expect.stringMatching(/ready +pending/)]);
    expect(stdout).toContain(`(pid ${String(pid)})`);
    expect(stdout).toContain('pulumi cancel --stack ready');
    expect(await locks()).toEqual([lock]);
    await ready.project.succeed('cancel', '--yes');
    await ready.supervisorEnds();
    expect(await fleet('up').ended).toMatchObject({ exitCode: 0 });
  });

  test('is brought to its end when nobody reads any more what is printed, and is not left locked', async () => {
    const phase = phaseNamed('activation');
    const args = await phase.prepare(ready);
    await ready.want(args);
    const { project, lab } = ready;
    const argv = ['node', 'commands/fleet/main.ts', 'up', '--only', 'ready'];
    const run = insideWorkstation(lab.machine(), argv, { cwd: project.directory, env: project.env });
    const ended = execa(run[0] ?? '', run.slice(1), { reject: false });
    await eventually(async () => {
      if (!(await phase.isReached(ready))) throw new Error('the deployment did not come as far as its activation');
    });
    ended.stdout.destroy();
    await phase.release(ready);
    expect(await ended).toMatchObject({ exitCode: 130 });
    expect(await locks()).toEqual([]);
    expect((await ready.state())['storePath']).toBe(args['storePath']);
  });

  test('is not begun after a signal while its configuration is evaluated, which is not waited for', async () => {
    // An evaluation that waits for a build, which stops itself.
    const stopped = `builder = "/bin/sh"; args = [ "-c" "kill -STOP $$" ];`;
    const build = `derivation { name = "wait"; system = builtins.currentSystem; ${stopped} }`;
    const slow = `{ imports = [ ./hosts/lab/configuration.nix ]; environment.etc.slow.text = builtins.readFile (${build}); }\n`;
    await ready.project.write('first.nix', slow);
    try {
      const run = fleet('up');
      await run.says(/ready +evaluating/);
      await ready.project.run('pkill', '-TERM', '--full', '^node commands/fleet/main.ts');
      const { exitCode, stdout } = await run.ended;
      expect([exitCode, stdout]).toEqual([130, expect.stringMatching(/ready +held back/)]);
      await eventually(async () => {
        const { code } = await ready.lab.exec(['pgrep', 'nix-instantiate']);
        if (code === 0) throw new Error('the evaluation goes on');
      });
    } finally {
      await ready.configuration('first');
    }
  });

  test('is brought to its end after Ctrl-C, and is not left locked', async () => {
    const phase = phaseNamed('activation');
    const args = await phase.prepare(ready);
    await ready.want(args);
    const run = fleet('up');
    await eventually(async () => {
      if (!(await phase.isReached(ready))) throw new Error('the deployment did not come as far as its activation');
    });
    run.press('\u0003');
    await run.says(/No further stack is begun/);
    await phase.release(ready);
    const { exitCode, stdout } = await run.ended;
    expect([exitCode, stdout]).toEqual([130, expect.stringMatching(/ready +interrupted/)]);
    expect(await locks()).toEqual([]);
    const current = args['storePath'];
    expect(await ready.look()).toMatchObject({ current, profile: current, boots: current });
    // What it did until then is recorded.
    expect((await ready.state())['storePath']).toBe(current);
  });
});
