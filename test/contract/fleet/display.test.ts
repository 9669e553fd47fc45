import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import xterm from '@xterm/headless';
import { execa } from 'execa';
import { atTerminal, terminalVariables } from '../../../lab/pseudo-terminal.ts';

const program = path.join(import.meta.dirname, 'display-program.ts');
const [columns, rows] = [60, 10];

/** Of the table, its last line. */
const sum = / ended, /;

// What a CI would take for its commands is none any more.
const warning = ['pi-1: pi-1.local has damaged store paths', 'pi-1: : :error::no'];
const summary = ['stack  result', 'pi-0   changed', '       : :error::no # #[error]no'];

/** A person's terminal: the program at one end of a pseudo-terminal, an emulator that draws what comes out of the other. */
class Screen {
  readonly #terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true });
  readonly #process: ChildProcess;
  readonly ended: Promise<unknown>;

  constructor(environment: Readonly<Record<string, string>> = {}) {
    const [script, ...args] = atTerminal(`exec '${process.execPath}' '${program}'`, { columns, rows });
    const env: NodeJS.ProcessEnv = { ...process.env, ...terminalVariables, ...environment };
    if (environment['CI'] === undefined) delete env['CI'];
    this.#process = spawn(script, args, { env });
    this.ended = new Promise((resolve) => this.#process.once('close', resolve));
    this.#process.stdout?.on('data', (bytes: Buffer) => {
      this.#terminal.write(bytes);
    });
  }

  enter(): void {
    this.#process.stdin?.write('\n');
  }

  kill(): void {
    this.#process.kill();
  }

  /** All that can be read, also by scrolling up. */
  async text(): Promise<string[]> {
    await new Promise<void>((resolve) => {
      this.#terminal.write('', resolve);
    });
    const { active } = this.#terminal.buffer;
    const lines = Array.from({ length: active.length }, (_, at) => active.getLine(at)?.translateToString(true) ?? '');
    return lines.slice(0, lines.findLastIndex((line) => line !== '') + 1);
  }

  /** Waits until there is such a line, and such a last one: a screen may be seen while it is drawn. */
  async shows(pattern: RegExp, last = /./): Promise<string[]> {
    for (;;) {
      const lines = await this.text();
      if (lines.some((line) => pattern.test(line)) && last.test(lines.at(-1) ?? '')) return lines;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

describe('the display of a fleet', () => {
  let screen: Screen | undefined;
  afterEach(() => screen?.kill());

  test('is a table that is drawn over in place, no higher than the terminal, and gone when the summary comes', async () => {
    screen = new Screen();
    const first = await screen.shows(/^pi-3 .*copying/, sum);
    expect(first).toHaveLength(rows - 1);
    expect(first.slice(0, 5)).toEqual([
      ...[0, 1, 2, 3].map((number) =>
        expect.stringMatching(new RegExp(`^pi-${String(number)} +copying +0:0\\d  copying /nix`)),
      ),
      'pi-4  waiting',
    ]);
    expect(first.at(-1)).toBe('0 of 30 ended, 4 running, 22 more not shown');

    screen.enter();
    const second = await screen.shows(/99 of 100 paths/, sum);
    // The warning stays; below it there is one table, as high as before.
    expect(second.slice(0, 2)).toEqual(warning);
    expect(second.slice(2)).toHaveLength(rows - 1);
    expect(second.filter((line) => line.startsWith('pi-2 '))).toEqual([expect.stringMatching(/failed.*went back/)]);
    expect(second.at(-1)).toBe('2 of 30 ended, 1 failed, 2 running, 22 more not shown');

    screen.enter();
    await screen.ended;
    expect(await screen.text()).toEqual([...warning, ...summary]);
  });

  test('is lines at the terminal of a CI', async () => {
    screen = new Screen({ CI: 'true' });
    const lines = await screen.shows(/pi-3: copying/);
    expect(lines.join('\n')).not.toContain('waiting');
  });

  test('is a line for each phase where there is no terminal, and on standard error beside JSON', async () => {
    const { stdout } = await execa(process.execPath, [program], { input: '\n\n' });
    const told = stdout.split('\n').filter((line) => line.startsWith('pi-1:'));
    expect(told).toEqual([expect.stringMatching(/^pi-1: copying/), ...warning, 'pi-1: unchanged']);
    const json = await execa(process.execPath, [program, '--json'], { input: '\n\n' });
    expect(json.stdout).toBe(summary.join('\n'));
    expect(json.stderr).toContain('pi-1: copying');
  });
});
