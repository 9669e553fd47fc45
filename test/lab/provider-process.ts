import { readdir, readFile, readlink } from 'node:fs/promises';

/**
 * Process ids of the provider of one checkout's stack, as this machine counts them: the Node.js process that the engine gave the
 * dynamic provider's program to.
 */
async function providerProcesses(directory: string): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(pids.map((pid) => isProvider(pid, directory)));
  return pids.filter((_, index) => found[index]).map(Number);
}

async function isProvider(pid: string, directory: string): Promise<boolean> {
  const [program, ...words] = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).split('\0');
  if (!/(^|\/)node$/.test(program ?? '') || !words.some((word) => word.includes('@pulumi/pulumi/cmd/dynamic-provider')))
    return false;
  return (await readlink(`/proc/${pid}/cwd`).catch(() => '')).endsWith(directory);
}

/** Ends the provider of one checkout's stack as the kernel does when memory runs out. */
export async function killProvider(directory: string): Promise<void> {
  const [pid, ...others] = await providerProcesses(directory);
  if (pid === undefined || others.length > 0) {
    throw new Error(
      `one provider should run for ${directory}, not ${String(others.length + (pid === undefined ? 0 : 1))}`,
    );
  }
  process.kill(pid, 'SIGKILL');
}
