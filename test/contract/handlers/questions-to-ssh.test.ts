import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { placesToLook } from '../../../provider/handlers/contact.ts';

// A process of ssh takes a hundredth of a second of a processor, for each of a fleet's Pis.
let directory: string;
const path = process.env['PATH'] ?? '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'counted-'));
  const text = `#!/bin/sh\nPATH='${path}'\nprintf '%s\\n' "$*" >> ${join(directory, 'log')}\nexec ssh "$@"\n`;
  writeFileSync(join(directory, 'ssh'), text, { mode: 0o755 });
  process.env['PATH'] = [directory, path].join(delimiter);
});
afterEach(() => {
  jest.restoreAllMocks();
  process.env['PATH'] = path;
  rmSync(directory, { recursive: true });
});

/** What ssh was asked since the test began. */
const asked = () => readFileSync(join(directory, 'log'), 'utf8').trim().split('\n');

const hostKey = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDZ2c0NqZ2pSVVhUbE5hV2hQZ0p4cUxkV0ZtQnRz';
const pi = (name: string, change = {}) => ({ host: `${name}.invalid`, user: 'pi', hostKey, ...change });

describe('of an address', () => {
  test('ssh is asked by a diff, and not again by the deployment that follows', async () => {
    const whereabouts = { connection: pi('kitchen'), former: pi('attic') };
    const places = await placesToLook(whereabouts);
    expect(places.map(({ target }) => target.hostname)).toEqual(['kitchen.invalid', 'attic.invalid']);
    expect(await placesToLook(whereabouts)).toEqual(places);
    expect(asked()).toEqual(['-G -l pi -- kitchen.invalid', '-G -l pi -- attic.invalid']);
  });

  test.each([
    ['login', { user: 'other' }, { user: 'other' }],
    ['port', { port: 2222 }, { port: 2222 }],
    ['host key', { hostKey: 'ssh-rsa AAAA' }, { hostKey: { algorithm: 'ssh-rsa', base64: 'AAAA' } }],
  ])('another %s is another one', async (_name, change, target) => {
    await placesToLook({ connection: pi('cellar'), former: undefined });
    const [place] = await placesToLook({ connection: pi('cellar', change), former: undefined });
    expect(place.target).toMatchObject(target);
  });

  test('ssh is asked again after half a minute, however often it was looked for meanwhile', async () => {
    const now = performance.now.bind(performance);
    const look = async (afterSeconds: number) => {
      jest.spyOn(performance, 'now').mockImplementation(() => now() + afterSeconds * 1000);
      // The memory looks at the clock once in a millisecond.
      await sleep(10);
      await placesToLook({ connection: pi('garage'), former: undefined });
      return asked().length;
    };
    expect([await look(0), await look(20), await look(29), await look(31)]).toEqual([1, 1, 1, 2]);
  });
});
