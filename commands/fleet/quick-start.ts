import { fileURLToPath } from 'node:url';

const preloaded = fileURLToPath(new URL('../../provider/dynamic/quick-start.cjs', import.meta.url));

/**
 * The environment in which programs and providers begin with what makes them start sooner, from their first module on. An engine that
 * is started by hand gives a provider no file to begin with: half a second for each stack.
 */
export function quickStart(env: Readonly<Record<string, string | undefined>> = process.env): {
  readonly NODE_OPTIONS: string;
} {
  // Quoted as nodejs.org/api/cli.html#node_optionsoptions has it.
  return { NODE_OPTIONS: `${env['NODE_OPTIONS'] ?? ''} --require ${JSON.stringify(preloaded)}`.trim() };
}
