// `npm run record`: runs `npm start` in a terminal, and writes docs/npm-start.svg from what was on its screen.
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { film } from './film.ts';
import { record } from './recording.ts';
import { screens } from './screens.ts';

const size = { columns: 110, rows: 29 };

const chunks = await record('npm start', size, (text) => process.stdout.write(text));
const svg = film(await screens(chunks, size), size, 'npm start');
await writeFile(path.join(import.meta.dirname, '../npm-start.svg'), svg);
console.log(`docs/npm-start.svg: ${String(Math.round(svg.length / 1000))} kB`);
