import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Looks, until it is stopped, for a secret in the command lines and environments of all processes of this machine, those of
 * the lab among them.
 */
export function watchProcesses(secret: string): { stop: () => Promise<string[]> } {
  const stopped = new AbortController();
  const found = new Set<string>();
  const watch = (async () => {
    while (!stopped.signal.aborted) {
      for (const text of (await Promise.all((await processes()).map(exposed))).flat()) {
        if (text.includes(secret)) found.add(text.replaceAll('\0', ' '));
      }
      await sleep(50);
    }
  })();
  return {
    stop: async () => {
      stopped.abort();
      await watch;
      return [...found];
    },
  };
}

async function processes(): Promise<string[]> {
  return (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
}

/** A command line; and an environment, but for the engine's own processes, to which Pulumi gives the config in it. */
async function exposed(pid: string): Promise<string[]> {
  const read = (name: string) => readFile(`/proc/${pid}/${name}`, 'latin1').catch(() => '');
  const commandLine = await read('cmdline');
  const isEngine = /@pulumi\/pulumi\/cmd\/|^pulumi\0|pulumi-(?:language|resource)-/.test(commandLine);
  return isEngine ? [commandLine] : [commandLine, await read('environ')];
}
