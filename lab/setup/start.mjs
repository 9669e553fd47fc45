// `npm start`: from a clean clone to a Raspberry Pi that runs what hosts/lab/ says.
import { bootstrap } from './bootstrap.mjs';

await bootstrap('lab/setup/start.ts');
