import { spawn } from 'node:child_process';
import { atTerminal, type TerminalSize, terminalVariables } from '../../lab/pseudo-terminal.ts';

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
export async function record(command: string, size: TerminalSize, tell: (text: string) => void): Promise<Chunk[]> {
  const [script, ...args] = atTerminal(command, size);
  const child = spawn(script, args, {
    env: { ...process.env, ...terminalVariables },
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
