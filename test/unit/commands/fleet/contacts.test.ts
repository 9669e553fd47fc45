import { beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { PiRecord } from '../../../../commands/fleet/pi-record.ts';

// The Pis: what is tested is how often they are asked.
let silence: string | undefined;
let asked = 0;
jest.unstable_mockModule('../../../../commands/fleet/look.ts', () => ({
  whySilent: () => Promise.resolve(silence).finally(() => (asked += 1)),
}));
const { Contacts } = await import('../../../../commands/fleet/contacts.ts');

const pi = { urn: 'attic' } as PiRecord;

describe('a Pi that is to be deployed to', () => {
  let seconds = 0;
  let contacts = new Contacts();
  beforeEach(() => {
    [seconds, asked] = [0, 0];
    contacts = new Contacts(() => seconds);
  });

  test('is asked before all turns, and again when its turn comes late', async () => {
    silence = undefined;
    await contacts.whyOffline(pi);
    seconds = 30;
    await contacts.whyOffline(pi);
    expect(asked).toBe(1);
    seconds = 61;
    expect([await contacts.whyOffline(pi), asked]).toEqual([undefined, 2]);
  });

  test('is not waited for a second time when it did not answer', async () => {
    silence = 'It is off.';
    await contacts.whyOffline(pi);
    seconds = 600;
    expect([await contacts.whyOffline(pi), asked]).toEqual(['It is off.', 1]);
  });
});
