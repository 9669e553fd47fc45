import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { inCacheFolder } from '../../values/user-folders.ts';

const keptDays = 30;
const mostEntries = 5000;

/** What an evaluation gave, and what it warned of. */
export interface Evaluated<T> {
  readonly answer: T;
  readonly warnings: readonly string[];
}

/** The entry of a key; undefined where there is none that can be used. */
export async function readEntry<T>(key: string, schema: z.ZodType<T>): Promise<Evaluated<T> | undefined> {
  const file = join(folder(), `${key}.json`);
  try {
    const entry = z.object({ key: z.literal(key), answer: schema, warnings: z.array(z.string()) });
    const { answer, warnings } = entry.parse(JSON.parse(await readFile(file, 'utf8')));
    const now = new Date();
    await utimes(file, now, now).catch(() => undefined);
    return { answer, warnings };
  } catch {
    return undefined;
  }
}

/** Keeps an entry, whole or not at all. A cache that cannot be written is none. */
export async function writeEntry(key: string, { answer, warnings }: Evaluated<unknown>): Promise<void> {
  const file = join(folder(), `${key}.json`);
  const unfinished = `${file}.${String(process.pid)}.unfinished`;
  try {
    await mkdir(folder(), { recursive: true, mode: 0o700 });
    await writeFile(unfinished, JSON.stringify({ key, answer, warnings }), { mode: 0o600 });
    await rename(unfinished, file);
    pruned ??= removeUnused();
    await pruned;
  } catch {
    await rm(unfinished, { force: true }).catch(() => undefined);
  }
}

// Once by a program, however many configurations it has.
let pruned: Promise<void> | undefined;

/** Takes away what has not been used for 30 days, and of more than 5000 entries those that were not used for longest. */
export async function removeUnused(): Promise<void> {
  const files = (await readdir(folder())).map((name) => join(folder(), name));
  const dated = await Promise.all(
    files.map(async (file) => ({
      file,
      used: await stat(file).then(
        ({ mtimeMs }) => mtimeMs,
        () => Infinity,
      ),
    })),
  );
  const oldest = Date.now() - keptDays * 24 * 3600 * 1000;
  const [kept, old] = [dated.filter(({ used }) => used >= oldest), dated.filter(({ used }) => used < oldest)];
  const surplus = kept.sort((a, b) => b.used - a.used).slice(mostEntries);
  await Promise.all([...old, ...surplus].map(({ file }) => rm(file, { force: true })));
}

function folder(): string {
  return inCacheFolder('evaluations');
}
