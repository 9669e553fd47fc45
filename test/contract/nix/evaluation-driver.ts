import { createInterface } from 'node:readline';
import { nixConfiguration } from '../../../provider/nix/configuration.ts';
import { evaluateSystem } from '../../../provider/nix/evaluate.ts';

/** What is asked of the driver, one line of JSON each. */
export interface Question {
  readonly inputs: object;
  readonly directory: string;
  /** Beside the machine's own; null takes a variable away. */
  readonly environment: Readonly<Record<string, string | null>>;
}

/** What the cache answers, and what an evaluation does, of the same configuration at the same time. */
export interface Answers {
  readonly cached: string;
  readonly evaluated: string;
  readonly warnings: readonly string[];
}

async function answer({ inputs, directory, environment }: Question): Promise<Answers> {
  const usual = { ...process.env };
  process.chdir(directory);
  const withoutAbsent = Object.entries({ ...usual, ...environment }).filter(([, value]) => value !== null);
  process.env = Object.fromEntries(withoutAbsent) as Record<string, string>;
  const configuration = nixConfiguration(inputs, directory);
  const warnings: string[] = [];
  try {
    const { storePath: cached } = await evaluateSystem(configuration, (warning) => warnings.push(warning));
    process.env['NIXOS_PI_EVALUATION_CACHE'] = 'off';
    const { storePath: evaluated } = await evaluateSystem(configuration, () => undefined);
    return { cached, evaluated, warnings };
  } finally {
    process.env = usual;
  }
}

// On the machine that has the store, as long as its standard input is open.
for await (const line of createInterface(process.stdin)) {
  const text = await answer(JSON.parse(line) as Question).then(JSON.stringify, (error: unknown) =>
    JSON.stringify({ error: String(error) }),
  );
  process.stdout.write(`${text}\n`);
}
