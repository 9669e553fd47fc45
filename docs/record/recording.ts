import { spawn } from 'node:child_process';

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** What a program wrote to its terminal at once. */
export interface Chunk {
  /** Since the beginning, in seconds. */
  readonly seconds: number;
  readonly text: string;
}

/**
 * Runs a command in a pseudo-terminal and keeps what it writes.
 *
 * @param tell told what it writes, as it comes
 * @throws Error when it fails
 */
export async function record(command: string, { columns, rows }: Size, tell: (text: string) => void): Promise<Chunk[]> {
  const inTerminal = `stty columns ${String(columns)} rows ${String(rows)} && ${command}`;
  const child = spawn('script', ['--quiet', '--flush', '--return', '--command', inTerminal, '/dev/null'], {
    env: { ...process.env, TERM: 'xterm-256color' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const began = performance.now();
  const chunks: Chunk[] = [{ seconds: 0, text: `$ ${command}\r\n` }];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    chunks.push({ seconds: (performance.now() - began) / 1000, text });
    tell(text);
  });
  const code = await new Promise((resolve, reject) => child.once('close', resolve).once('error', reject));
  if (code !== 0) throw new Error(`${command} ended with ${String(code)}`);
  return chunks;
}
