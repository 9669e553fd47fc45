import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { DeviceKind } from '../../card-writer/device-facts.ts';

const program = fileURLToPath(new URL('../../card-writer/main.ts', import.meta.url));

/**
 * The card writer as one file that needs nothing but Node's own modules.
 *
 * @param interpreter absolute path of the Node that runs it; `node` of the PATH would be whatever its user puts there.
 * @param granted kinds of devices beside cards that it may write to.
 */
export async function bundleCardWriter(interpreter: string, granted: readonly DeviceKind[]): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [program],
    bundle: true,
    platform: 'node',
    // The first that has zlib.crc32.
    target: 'node20.15',
    format: 'esm',
    packages: 'external',
    define: { GRANTED_KINDS: JSON.stringify(granted) },
    write: false,
  });
  const [file] = outputFiles;
  if (file === undefined) throw new Error('esbuild gave no file');
  return file.text.replace(/^#!.*\n/, `#!${interpreter}\n`);
}
