import { fileURLToPath } from 'node:url';

const preloaded = fileURLToPath(new URL('../../provider/dynamic/compile-cache.cjs', import.meta.url));

/**
 * The environment in which programs and providers take over what those before them have compiled, from their first module on. An engine
 * that is started by hand gives a provider no file to begin with: a third of a second for each stack.
 */
export function sharedCompilation(env: Readonly<Record<string, string | undefined>> = process.env): {
  readonly NODE_OPTIONS: string;
} {
  // Quoted as nodejs.org/api/cli.html#node_optionsoptions has it.
  return { NODE_OPTIONS: `${env['NODE_OPTIONS'] ?? ''} --require ${JSON.stringify(preloaded)}`.trim() };
}
