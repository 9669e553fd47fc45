// `npm run docs`: writes docs/resources.md from the doc comments of the sources.
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { resourcesDocument } from './resources.ts';

await writeFile(path.join(import.meta.dirname, 'resources.md'), await resourcesDocument());
