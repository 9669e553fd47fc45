import path from 'node:path';
import { expect, test } from '@jest/globals';
import { execa } from 'execa';

const project = path.join(import.meta.dirname, '../../..');

/** Has Node say on standard error which packages a program imports. */
const tellPackages = `
import { registerHooks } from 'node:module';
registerHooks({
  resolve(specifier, context, next) {
    const found = next(specifier, context);
    const [, name] = /\\/node_modules\\/((?:@[^/]+\\/)?[^/]+)/.exec(found.url) ?? [];
    if (name !== undefined) console.error(name);
    return found;
  },
});`;

// Pulumi's SDK alone takes seconds to import: only the commands that need it wait for that.
test('the fleet commands import nothing but commander before one of them runs', async () => {
  const preload = `data:text/javascript,${encodeURIComponent(tellPackages)}`;
  const argv = ['--import', preload, 'commands/fleet/main.ts', '--help'];
  const { stdout, stderr } = await execa(process.execPath, argv, { cwd: project });
  expect(stdout).toContain('report');
  expect([...new Set(stderr.split('\n'))]).toEqual(['commander']);
});
