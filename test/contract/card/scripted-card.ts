import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir, rename, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { run } from '../../../provider/process/run.ts';
import type { Workbench } from './cards.ts';

const mebibyte = 1024 * 1024;

/** What a card does with each request, in shell: `$disk`, `$count` and `$offset` are set; data comes in and goes out. */
const keeps = {
  read: 'dd if="$disk" skip="$offset" count="$count" iflag=skip_bytes,count_bytes bs=1M status=none',
  write: 'dd of="$disk" seek="$offset" oflag=seek_bytes conv=notrunc bs=1M status=none',
};

/** A card with a will of its own: a loop device over a file whose every read and write goes through a script of the test. */
export class ScriptedCard {
  /** The loop device. */
  readonly device: string;
  /** What the card holds. */
  readonly disk: string;
  readonly #folder: string;
  readonly #server: ChildProcess;

  private constructor(device: string, folder: string, server: ChildProcess) {
    this.device = device;
    this.disk = `${folder}/disk`;
    this.#folder = folder;
    this.#server = server;
  }

  /** @param content a file that the card is a copy of; default: none, it is blank. */
  static async insert(bench: Workbench, sizeMebibytes: number, content?: string): Promise<ScriptedCard> {
    const folder = bench.path('scripted');
    await mkdir(`${folder}/mounted`, { recursive: true });
    await writeFile(`${folder}/disk`, '');
    if (content !== undefined) await copyFile(content, `${folder}/disk`);
    await truncate(`${folder}/disk`, sizeMebibytes * mebibyte);
    const server = spawn(
      'nbdfuse',
      [`${folder}/mounted/card`, '--command', 'nbdkit', ...served(folder, sizeMebibytes)],
      {
        stdio: 'ignore',
      },
    );
    const ended = once(server, 'exit');
    bench.later(async () => {
      await run('umount', ['--lazy', `${folder}/mounted`]).catch(() => undefined);
      server.kill('SIGKILL');
      await ended;
    });
    while (!(await isThere(`${folder}/mounted/card`))) await pause(50);
    // Otherwise the page cache would answer for the card.
    const device = await bench.attach(`${folder}/mounted/card`, '--direct-io=on');
    return new ScriptedCard(device, folder, server);
  }

  /**
   * Has a script run before each request from now on. `$action` is `read` or `write`. What it writes to standard error before
   * `exit 1`, as `EIO text`, is how the request fails.
   */
  async before(script: string): Promise<void> {
    await this.#become('before', script);
  }

  /** Has a request of a kind carried out by this script from now on. */
  async does(action: 'read' | 'write', script: string): Promise<void> {
    await this.#become(action, script);
  }

  /** Keeps everything again. */
  async heals(): Promise<void> {
    for (const script of ['before', 'read', 'write']) await rm(`${this.#folder}/${script}`, { force: true });
  }

  /** Is pulled out of its reader. */
  vanish(): void {
    this.#server.kill('SIGKILL');
  }

  async #become(name: string, script: string): Promise<void> {
    const file = `${this.#folder}/${name}`;
    await writeFile(`${file}.new`, `${script}\n`);
    await rename(`${file}.new`, file);
  }
}

function served(folder: string, sizeMebibytes: number): string[] {
  const request = (action: 'read' | 'write'): string =>
    `action=${action} disk=${folder}/disk folder=${folder} count=$3 offset=$4
    [ ! -e ${folder}/before ] || . ${folder}/before
    if [ -e ${folder}/${action} ]; then . ${folder}/${action}; else ${keeps[action]}; fi`;
  const size = `echo ${String(sizeMebibytes * mebibyte)}`;
  const kept = { get_size: size, can_write: 'exit 0', can_flush: 'exit 0', flush: 'exit 0' };
  const scripts = { ...kept, pread: request('read'), pwrite: request('write') };
  return ['-s', '--exit-with-parent', 'eval', ...Object.entries(scripts).map(([name, text]) => `${name}=${text}`)];
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
