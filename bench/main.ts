import { LabError } from '../lab/errors.ts';
import { deployBench } from './deploy.ts';
import { evaluateBench } from './evaluate.ts';
import { flashBench } from './flash.ts';
import { previewBench } from './preview.ts';

const benches: Readonly<Record<string, (rounds: number) => Promise<void>>> = {
  deploy: deployBench,
  evaluate: evaluateBench,
  flash: flashBench,
  preview: previewBench,
};

const [, , name = '', rounds = '7'] = process.argv;
try {
  const bench = benches[name];
  if (bench === undefined || !/^[1-9]\d*$/.test(rounds))
    throw new LabError(`npm run bench -- NAME [ROUNDS], with a name of: ${Object.keys(benches).join(', ')}`);
  await bench(Number(rounds));
} catch (error) {
  if (!(error instanceof LabError)) throw error;
  process.stderr.write(`bench: ${error.message}\n`);
  process.exitCode = 1;
}
