import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const program = fileURLToPath(new URL('../../card-writer/main.ts', import.meta.url));

/**
 * The card writer as one file that needs nothing but Node's own modules.
 *
 * @param interpreter absolute path of the Node that runs it; `node` of the PATH would be whatever its user puts there.
 */
export async function bundleCardWriter(interpreter: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [program],
    bundle: true,
    platform: 'node',
    // The first that has zlib.crc32.
    target: 'node20.15',
    format: 'esm',
    packages: 'external',
    write: false,
  });
  const [file] = outputFiles;
  if (file === undefined) throw new Error('esbuild gave no file');
  return file.text.replace(/^#!.*\n/, `#!${interpreter}\n`);
}
