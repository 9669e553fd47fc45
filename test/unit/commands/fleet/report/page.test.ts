import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type DefaultTreeAdapterTypes, parse } from 'parse5';
import { renderPage } from '../../../../../commands/fleet/report/page.ts';
import { recordedPis } from '../../../../../commands/fleet/report/recorded.ts';
import { updatesIn } from '../../../../../commands/fleet/report/updates.ts';
import { deployment, fleet, now, pi, system, update } from './samples.ts';

type Node = DefaultTreeAdapterTypes.ChildNode;

/** Elements, with the names of their attributes, as a browser would read them. */
function elementsOf(html: string): string[] {
  const inside = (nodes: readonly Node[]): string[] =>
    nodes.flatMap((node) =>
      'tagName' in node
        ? [`${node.tagName} ${node.attrs.map(({ name }) => name).join(' ')}`, ...inside(node.childNodes)]
        : [],
    );
  return inside(parse(html).childNodes);
}

function textOf(html: string): string {
  const inside = (nodes: readonly Node[]): string =>
    nodes.map((node) => ('value' in node ? node.value : 'childNodes' in node ? inside(node.childNodes) : '')).join('');
  return inside(parse(html).childNodes);
}

/** A fleet that has a text wherever one comes from outside. */
function said(text: string): string {
  const changes = { name: text, before: [], after: [text], sizeDeltaBytes: 1 };
  const packages = { approximate: false, changes: [changes], rebuilt: 0, unversioned: 0 };
  const deployments = [deployment({ deployer: `stack kitchen, ${text}`, storePath: text, previous: text, packages })];
  const drifted = pi('drifted', { name: text, drift: packages, deployments }, { host: text, running: text });
  const offline = pi('offline', { name: `${text} 2` }, { reason: text, stack: 'other' });
  const updates = [
    update({
      message: text,
      kind: text,
      gitAuthor: text,
      gitHead: text,
      ciSystem: text,
      resourceChanges: { [text]: 1 },
    }),
  ];
  return renderPage({ ...fleet([drifted, offline], updates), project: text, madeBy: text });
}

const hostile = fc.oneof(
  fc.string({ unit: 'binary', minLength: 1 }),
  fc
    .array(
      fc.constantFrom(
        '<script>',
        '</style>',
        '"',
        "'",
        '>',
        '<!--',
        '-->',
        '&lt;',
        'onload=',
        '<svg',
        '`',
        ' ',
        'x',
        '=',
        '</title>',
        '\n',
      ),
      { minLength: 1 },
    )
    .map((parts) => parts.join('')),
);

describe('what comes from outside', () => {
  test('stays text, whatever it is', () => {
    const harmless = elementsOf(said('words'));
    fc.assert(
      fc.property(hostile, (text) => {
        expect(elementsOf(said(`a${text}z`))).toEqual(harmless);
      }),
      { numRuns: 300 },
    );
  });

  test('is shown as it was written', () => {
    expect(textOf(said('<script>alert(1)</script> & "so"'))).toContain('<script>alert(1)</script> & "so"');
  });
});

describe('what the page is', () => {
  const page = renderPage(fleet([pi('current')]));

  test('is one file without script, that asks for nothing', () => {
    expect(page).toMatch(/^<!doctype html>\n<html lang="en">/);
    expect(page).not.toMatch(/<script|\son\w+=|src=|@import|url\(|https?:/);
    expect(page).toMatch(/Content-Security-Policy" content="default-src 'none'; style-src 'sha256-[A-Za-z0-9+/]{43}='/);
  });

  test('is made even of nothing', () => {
    expect(textOf(renderPage({ ...fleet([]), stacks: [] }))).toContain('0 Pis');
    expect(textOf(renderPage(fleet([pi('new')], [])))).toContain('1 Pi: 1 not deployed yet');
  });
});

describe('what must not be on the page', () => {
  const secret = 'correct-horse-battery';
  const sealed = { '4dabf18193072939515e22adb298388d': '1b47061264138c4ac30d75fd1eb44270', plaintext: `"${secret}"` };

  test('is left out of the state and of the history, wherever it is', () => {
    const outputs = {
      connection: {
        host: 'kitchen.local',
        user: secret.slice(0, 9),
        hostKey: `ssh-ed25519 ${'A'.repeat(68)}`,
        identityFile: `/${secret}`,
      },
      ...{
        sudoPassword: secret,
        configuration: `${secret}.nix`,
        healthChecks: [secret],
        kernel: sealed,
        previousStorePath: sealed,
      },
      ...{ storePath: system('a'), generation: 3, another: secret, freeBytes: sealed, rebootNeeded: sealed },
    };
    const urn = 'urn:pulumi:kitchen::nixos-pi::pulumi-nodejs:dynamic/nixos-pi:NixosDeployment::kitchen';
    const type = 'pulumi-nodejs:dynamic/nixos-pi:NixosDeployment';
    const secrets = { urn: 'urn:x', type: 'pulumi:pulumi:Stack', outputs: { wifiPassword: secret } };
    const [found] = recordedPis(
      'kitchen',
      JSON.stringify({ deployment: { resources: [secrets, { urn, type, inputs: { secret }, outputs }] } }),
      undefined,
    );
    const updates = updatesIn([
      {
        ...{ version: 1, kind: 'update', startTime: '2026-11-29T05:04:00.000Z', endTime: '2026-11-29T05:05:00.000Z' },
        ...{ message: 'm', result: 'succeeded', resourceChanges: { update: 1 } },
        environment: { 'git.author': 'Ada', 'git.author.email': secret, 'exec.agent': secret, TOKEN: secret },
        config: { wifiPassword: { value: secret, secret: true } },
        Deployment: { secret },
      },
    ]);
    const page = renderPage(fleet([pi('current', { recorded: found?.facts })], updates));
    expect(textOf(page)).toContain('generation 3');
    for (const each of [secret, secret.slice(0, 9), 'AAAAAAAA', '4dabf18']) expect(page).not.toContain(each);
  });
});

describe('what is said of a Pi', () => {
  const texts = (...args: Parameters<typeof pi>): string => textOf(renderPage(fleet([pi(...args)])));

  test.each([
    ['current', 'generation 7'],
    ['pending', 'which packages is not known on this machine: npm run fleet -- preview evaluates'],
    ['drifted', 'It runs something that this stack did not deploy last. Somebody activated it there'],
    ['offline', 'kitchen.local cannot be reached.'],
    ['new', 'Its stack has not deployed anything yet.'],
  ] as const)('that is %s', (standing, says) => {
    expect(texts(standing)).toContain(says);
  });

  test('of which it is not certain whether it is pending says so', () => {
    expect(texts('current', {}, { desired: undefined, certain: false })).toContain(
      'not certain: npm run fleet -- preview tells',
    );
  });

  test('that is off and has a deployment waiting', () => {
    expect(texts('offline', {}, { desired: system('d') })).toContain('A deployment is pending until it answers.');
  });

  test('that does not answer shows what was recorded, and says so', () => {
    const text = texts('offline');
    expect(text).toContain('21 GB as recorded');
    expect(text).toContain('not known, it does not answer');
    expect(text).toContain('(2 days ago), when a command on this machine asked it');
  });

  test('that answers, but does not tell its room, shows what was recorded, and says so', () => {
    const { running } = pi('current');
    expect(texts('current', { running: running && { ...running, free: undefined } })).toContain('21 GB as recorded');
  });

  test('that another stack deployed to names who did', () => {
    const deployments = [deployment({ storePath: system('e'), deployer: 'stack cellar, eve@hut' })];
    expect(texts('drifted', { deployments })).toContain('It was deployed by stack cellar, eve@hut.');
  });

  test('that somebody went back on, says so', () => {
    const deployments = [deployment({ storePath: system('e') })];
    expect(texts('drifted', { deployments })).toContain('It was deployed before, and somebody went back to it there.');
  });

  test('that needs a reboot is named on top although it is current', () => {
    expect(texts('current', {}, { rebootNeeded: true })).toContain('A reboot is needed: kernel');
    expect(textOf(renderPage(fleet([pi('current')])))).not.toContain('A reboot is needed');
  });

  test('is the same whenever the page is made', () => {
    expect(renderPage({ ...fleet([pi('current')]), madeAt: now })).toBe(renderPage(fleet([pi('current')])));
  });
});
