import { writeFileSync } from 'node:fs';
import { flashedCard } from '../../../provider/handlers/flashed-card.ts';

/**
 * A flash in a process of its own, for tests that kill it or run it as another user.
 * Arguments: the inputs as JSON; optionally, the start of the progress message at which it kills itself as kill -9 does, and a
 * file that always holds the last progress message; the resource's URN.
 */
const [inputs = '', killAt = '', phaseFile = '', urn = ''] = process.argv.slice(2);
const context = {
  log: { info: console.log, warn: console.log },
  progress: (message: string): void => {
    if (phaseFile !== '') writeFileSync(phaseFile, message);
    if (killAt !== '' && message.startsWith(killAt)) process.kill(process.pid, 'SIGKILL');
  },
  signal: new AbortController().signal,
  urn: urn === '' ? undefined : urn,
};
const { id } = await flashedCard.create(context, flashedCard.schema.parse(JSON.parse(inputs)) as never);
console.log(`created ${id}`);
