// `npm test [-- unit|contract|lab|faults] [options of jest]`
import { bootstrap } from './bootstrap.mjs';

await bootstrap('lab/setup/test.ts');
