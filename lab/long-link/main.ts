// Runs on the workstation: main.ts ADDRESS HOST PORT MILLISECONDS. Prints the port that it listens on.
import { startDelayingProxy } from './proxy.ts';

const [, , address = '', host = '', port = '', milliseconds = ''] = process.argv;
const proxy = await startDelayingProxy({ host, port: Number(port) }, Number(milliseconds), address);
process.stdout.write(`${String(proxy.port)}\n`);
