import { createInterface } from 'node:readline';
import { buildPlanned, instantiatePlanned } from '../../../provider/nix/build.ts';
import { nixConfiguration } from '../../../provider/nix/configuration.ts';
import { evaluateSystem, evaluateSystemAhead } from '../../../provider/nix/evaluate.ts';
import { recordedContext } from '../../unit/handlers/recorded-context.ts';

/** What is asked of the driver, one line of JSON each. */
export interface Question {
  readonly inputs: object;
  readonly directory: string;
  /** Beside the machine's own; null takes a variable away. */
  readonly environment: Readonly<Record<string, string | null>>;
  /** The store path of a plan: then it is asked for that one's derivation. */
  readonly planned?: string;
  /** Where that is to be built and rooted. */
  readonly gcRoot?: string;
  /** It is evaluated ahead: until that has ended and nothing else is asked, or while it is asked for. */
  readonly ahead?: 'alone' | 'meanwhile';
}

/** What the cache answers, and what an evaluation does, of the same configuration at the same time. */
export interface Answers {
  readonly cached: string;
  readonly evaluated: string;
  readonly warnings: readonly string[];
}

/** What the driver replies where nothing failed. */
export type Reply = Answers | { drvPath: string } | { built: string } | { evaluatedAhead: true };

async function answer(question: Question): Promise<Reply> {
  const { inputs, directory, environment, planned, gcRoot, ahead } = question;
  const usual = { ...process.env };
  process.chdir(directory);
  const withoutAbsent = Object.entries({ ...usual, ...environment }).filter(([, value]) => value !== null);
  process.env = Object.fromEntries(withoutAbsent) as Record<string, string>;
  const configuration = nixConfiguration(inputs, directory);
  const warnings: string[] = [];
  try {
    if (planned !== undefined) {
      const plan = { configuration, output: { kind: 'toplevel' } as const, storePath: planned };
      if (gcRoot === undefined) return { drvPath: await instantiatePlanned(recordedContext(), plan) };
      await buildPlanned(recordedContext(), { ...plan, gcRoot });
      return { built: planned };
    }
    if (ahead === 'alone') {
      await evaluateSystemAhead(configuration);
      return { evaluatedAhead: true };
    }
    if (ahead === 'meanwhile') void evaluateSystemAhead(configuration);
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
