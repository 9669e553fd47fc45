import { LabError } from '../lab/errors.ts';
import { deployBench } from './deploy.ts';
import { evaluateBench } from './evaluate.ts';
import { fleetBench } from './fleet.ts';
import { flashBench } from './flash.ts';
import { previewBench } from './preview.ts';

interface Bench {
  readonly run: (rounds: number) => Promise<void>;
  /** Where no number is given. */
  readonly rounds: number;
}

const benches: Readonly<Record<string, Bench>> = {
  deploy: { run: deployBench, rounds: 7 },
  evaluate: { run: evaluateBench, rounds: 7 },
  flash: { run: flashBench, rounds: 7 },
  // Each takes minutes.
  fleet: { run: fleetBench, rounds: 2 },
  preview: { run: previewBench, rounds: 7 },
};

const [, , name = '', given] = process.argv;
try {
  const bench = benches[name];
  const rounds = given ?? String(bench?.rounds);
  if (bench === undefined || !/^[1-9]\d*$/.test(rounds))
    throw new LabError(`npm run bench -- NAME [ROUNDS], with a name of: ${Object.keys(benches).join(', ')}`);
  await bench.run(Number(rounds));
} catch (error) {
  if (!(error instanceof LabError)) throw error;
  process.stderr.write(`bench: ${error.message}\n`);
  process.exitCode = 1;
}
