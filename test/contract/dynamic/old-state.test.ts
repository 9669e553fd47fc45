import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { handlers } from '../../../provider/handlers/index.ts';
import { providerText } from '../../../provider/dynamic/provider-text.ts';
import { serve } from '../../../provider/dynamic/serve.ts';

const recorded = z
  .object({
    deployment: z.object({
      resources: z.array(
        z.object({
          type: z.string(),
          id: z.string().optional(),
          inputs: z.record(z.string(), z.unknown()).default({}),
          outputs: z.record(z.string(), z.unknown()).default({}),
        }),
      ),
    }),
  })
  .parse(JSON.parse(readFileSync(new URL('../../fixtures/state-2026-11.json', import.meta.url), 'utf8')));

const resources = recorded.deployment.resources.filter(({ type }) =>
  type.startsWith('pulumi-nodejs:dynamic/nixos-pi:'),
);

// The links to what was built are removed on destroy: never those of whoever runs this test.
const home = mkdtempSync(path.join(tmpdir(), 'old-state-'));
process.env['XDG_STATE_HOME'] = home;
afterAll(() => {
  rmSync(home, { recursive: true });
});

// A state that a user's stack has held since November 2026: today's code has to serve it.
describe('a recorded state', () => {
  test('holds every resource there is', () => {
    expect(resources.map(({ type }) => type.split(':').at(-1)).sort()).toEqual(Object.keys(handlers).sort());
  });

  test.each(resources)('$type is checked and read as it was left', async ({ type, id = '', inputs, outputs }) => {
    const name = type.split(':').at(-1) ?? '';
    expect(inputs['__provider']).toBe(providerText(name));
    const provider = serve(name);
    const checked = await provider.check?.(inputs, inputs);
    expect(checked?.failures).toEqual([]);
    const difference = await provider.diff?.(id, outputs, checked?.inputs);
    expect(difference?.replaces ?? []).toEqual([]);
    // HardwareConfig's file is not in this checkout: writing it again is all that is left to do.
    expect(difference?.changes).toBe(name === 'HardwareConfig');
  });

  test.each(resources)('$type is destroyed without touching anything', async ({ type, id = '', outputs }) => {
    const provider = serve(type.split(':').at(-1) ?? '');
    await expect(provider.delete?.(id, outputs)).resolves.toBeUndefined();
  });
});
