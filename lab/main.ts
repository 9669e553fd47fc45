import { LabError } from './errors.ts';
import { commands } from './commands.ts';

const [, , name = 'help', ...args] = process.argv;
try {
  const command = commands[name];
  if (command === undefined) throw new LabError(`there is no command "${name}": npm run lab -- help`);
  process.exitCode = (await command(args)) ?? 0;
} catch (error) {
  if (!(error instanceof LabError)) throw error;
  process.stderr.write(`lab: ${error.message}\n`);
  process.exitCode = 1;
}
