// `npm test [-- unit|contract|lab|documents|fleet|faults] [options of jest]`
import { bootstrap } from './bootstrap.mjs';

await bootstrap('lab/setup/test.ts');
