// `npm run docs`: writes what is made from the sources' doc comments and from Pulumi.yaml.
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { configDocument } from './config.ts';
import { resourcesDocument } from './resources.ts';

await writeFile(path.join(import.meta.dirname, 'resources.md'), await resourcesDocument());
await writeFile(path.join(import.meta.dirname, 'config.md'), await configDocument());
