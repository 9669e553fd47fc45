// The npm packages and nothing else: for what only needs the linters.
import { bootstrap } from './bootstrap.mjs';

await bootstrap();
