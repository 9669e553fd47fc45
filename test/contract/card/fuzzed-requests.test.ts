import { createHash, randomUUID } from 'node:crypto';
import { closeSync, openSync } from 'node:fs';
import { readFile, symlink } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { carryOut } from '../../../card-writer/carry-out.ts';
import { Input } from '../../../card-writer/input.ts';
import { CardError } from '../../../card-writer/problem.ts';
import { run } from '../../../provider/process/run.ts';
import { Workbench, fingerprintOf, makeImage, imageSizeBytes } from './cards.ts';

jest.setTimeout(600_000);

let bench: Workbench;
/** The one device that requests may name. */
let declared: string;
/** Devices that no request names as it should. */
let others: string[];
/** A decompressed image, which comes behind each request. */
let image: string;
beforeAll(async () => {
  bench = await Workbench.make();
  await makeImage(bench);
  image = bench.path('pi.img');
  declared = await bench.card('declared', 40);
  others = [await bench.card('other', 40), await bench.card('partitioned', 40, '--partscan')];
  await run('dd', [`if=${image}`, `of=${others[1] ?? ''}`, 'bs=1M', 'conv=fsync', 'status=none']);
  await symlink(others[0] ?? '', bench.path('link'));
});
afterAll(() => bench.remove());

const sha256 = async (name: string) =>
  createHash('sha256')
    .update(await readFile(bench.path(name)))
    .digest('hex');

async function validRequest(): Promise<Request> {
  return {
    protocol: 1,
    action: 'flash',
    device: { path: declared, allow: ['loop'], maximumSizeBytes: 300e9, expectedSizeBytes: 40 * 1024 * 1024 },
    seen: { fingerprint: await fingerprintOf(declared) },
    flashId: randomUUID(),
    image: { sizeBytes: imageSizeBytes, sha256: await sha256('pi.img') },
    verify: true,
    deviceZeroes: false,
    files: [{ path: '/etc/token', mode: 0o600, userId: 0, groupId: 0, content: 'aGFsbG8=' }],
  };
}
type Request = Record<string, unknown>;

/** What came of a request: the last event, or why not. Anything but an error of ours is a defect. */
async function outcomeOf(text: string): Promise<string> {
  const descriptor = openSync(image, 'r');
  try {
    return (await carryOut(text, new Input(descriptor), () => undefined)).event;
  } catch (error) {
    if (!(error instanceof CardError)) throw error;
    return error.problem.what;
  } finally {
    closeSync(descriptor);
  }
}

/** Ways to name something else than a whole card by a name that stays. */
function hostilePaths(): string[] {
  const [other = '', partitioned = ''] = others;
  return [
    ...['/dev/mem', '/dev/kmem', '/dev/zero', '/dev/null', '/dev/sda', '/dev/vda', '/dev/vda1', '/dev/root', '/dev'],
    ...[`${partitioned}p1`, `${partitioned}p2`, `${other}\n`, `\n${other}`, `${other} `, `${other}/`, `${other}\0`],
    ...[`${declared}/../${other}`, `/dev/../${other}`, `/dev/./${other.slice(5)}`, `//${other}`, other.slice(1)],
    ...[`/dev/disk/by-id/../../${other.slice(5)}`, '/dev/disk/by-id/..', '/dev/disk/by-id/.', '/dev/disk/by-id/'],
    ...[
      bench.path('link'),
      `/proc/self/root${other}`,
      '/proc/self/mem',
      bench.path('other'),
      'file:///etc/shadow',
      '-',
      '',
    ],
  ];
}

describe('the card writer', () => {
  test('does what a right request says', async () => {
    const request = await validRequest();
    // The image's end, and `finish`, do not come: so it goes as far as the writing and no further.
    expect(await outcomeOf(JSON.stringify(request))).toContain('The image ended early');
    expect(await sha256('declared')).not.toBe(
      createHash('sha256')
        .update(Buffer.alloc(40 * 1024 * 1024))
        .digest('hex'),
    );
  });

  test('refuses whatever is no whole card by a stable name', async () => {
    const request = await validRequest();
    const device = request['device'] as object;
    for (const path of hostilePaths()) {
      const outcome = await outcomeOf(JSON.stringify({ ...request, device: { ...device, path } }));
      expect([path, outcome]).toEqual([
        path,
        expect.stringMatching(
          /malformed: device\.path|is no stable name of a device|does not exist|is no block device/,
        ),
      ]);
    }
  });

  // Whatever gets as far as a device costs some programs' time: so most name one that is not there.
  test.each([
    [99_000, 'none', '/dev/disk/by-id/usb-None-0:0'],
    [1000, 'the declared one', undefined],
  ])('never writes to anything but the declared device, in %d requests for %s', async (numRuns, _which, path) => {
    const before = await Promise.all(['other', 'partitioned', 'pi.img'].map(sha256));
    const request = await validRequest();
    const valid = path === undefined ? request : { ...request, device: { ...(request['device'] as object), path } };
    const outcomes = new Set<string>();
    const property = fc.asyncProperty(mutations(valid), async (text) => {
      outcomes.add(await outcomeOf(text));
    });
    // A thousand may have none of these by chance.
    const unstable = { ...valid, device: { ...(valid['device'] as object), path: '/dev/sdb' } };
    const another = { ...valid, seen: { fingerprint: '0'.repeat(16) } };
    const examples: [string][] = [['{'], [JSON.stringify(unstable)], [JSON.stringify(another)]];
    await fc.assert(property, { numRuns, examples });
    expect(await Promise.all(['other', 'partitioned', 'pi.img'].map(sha256))).toEqual(before);
    const kinds = [...outcomes].join('\n');
    expect(kinds).toMatch(/malformed/);
    expect(kinds).toMatch(/is no stable name/);
    expect(kinds).toMatch(path === undefined ? /is not the one that was looked at/ : /does not exist/);
  });
});

/** Requests that are nearly right. */
function mutations(valid: Request): fc.Arbitrary<string> {
  const text = JSON.stringify(valid);
  const names = fc.constantFrom(...fieldsOf(valid));
  const hostile = fc.oneof(
    fc.constantFrom<unknown>(...hostilePaths()),
    fc.constantFrom<unknown>(null, true, -1, 0, 1e308, 2 ** 53, '', [], {}, 'inspect', 'x'.repeat(70_000), '__proto__'),
    fc.string({ unit: 'binary' }),
    fc.jsonValue({ maxDepth: 6 }),
  );
  const replaced = fc.tuple(names, hostile).map(([name, value]) => withValue(valid, name, value));
  const added = fc
    .tuple(fc.constantFrom('__proto__', 'constructor', 'toString', 'node', 'force', 'path'), hostile)
    .map(([name, value]) => text.replace(/^\{/, `{${JSON.stringify(name)}:${JSON.stringify(value)},`));
  const twice = fc
    .tuple(names, hostile)
    .map(([name, value]) => text.replace(/\}$/, `,${JSON.stringify(name.at(-1))}:${JSON.stringify(value)}}`));
  const cut = fc.nat(text.length).map((length) => text.slice(0, length));
  const spoilt = fc
    .tuple(fc.nat(text.length - 1), fc.string({ unit: 'binary', minLength: 1, maxLength: 3 }))
    .map(([at, piece]) => text.slice(0, at) + piece + text.slice(at + piece.length));
  return fc.oneof(
    { arbitrary: replaced, weight: 6 },
    { arbitrary: added, weight: 2 },
    { arbitrary: twice, weight: 2 },
    { arbitrary: cut, weight: 1 },
    { arbitrary: spoilt, weight: 2 },
    { arbitrary: fc.json({ maxDepth: 8 }), weight: 1 },
  );
}

function fieldsOf(value: unknown, at: string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return [at];
  return [
    ...(at.length === 0 ? [] : [at]),
    ...Object.entries(value).flatMap(([key, child]) => fieldsOf(child, [...at, key])),
  ];
}

function withValue(request: Request, field: readonly string[], value: unknown): string {
  const copy = structuredClone(request);
  const parent = field.slice(0, -1).reduce((inside, key) => inside[key] as Request, copy);
  parent[field.at(-1) ?? ''] = value;
  return JSON.stringify(copy);
}
