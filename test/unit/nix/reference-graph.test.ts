import { describe, expect, test } from '@jest/globals';
import { closureIn, parseReferenceGraph } from '../../../provider/nix/reference-graph.ts';

const name = (letter: string, text: string) => `${letter.repeat(32)}-${text}`;
const [libc, shell, environment, before, after] = [
  name('1', 'glibc-2.40'),
  name('2', 'bash-5.3'),
  name('3', 'system-path'),
  name('b', 'nixos-system-kitchen-26.05'),
  name('a', 'nixos-system-kitchen-26.11'),
] as const;
const inStore = (each: string) => `/nix/store/${each}`;

/** As Nix 2.26 prints it; older ones called the size an int; Lix prints the same. */
const head = (type = 'long') => `<?xml version='1.0' encoding='utf-8'?>
<graphml xmlns='http://graphml.graphdrawing.org/xmlns'
    xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance'
    xsi:schemaLocation='http://graphml.graphdrawing.org/xmlns/1.0/graphml.xsd'>
<key id='narSize' for='node' attr.name='narSize' attr.type='${type}'/><key id='name' for='node' attr.name='name' attr.type='string'/><key id='type' for='node' attr.name='type' attr.type='string'/><graph id='G' edgedefault='directed'>
`;
const foot = '</graph>\n</graphml>\n';
const node = (id: string, narSize: number | string, ...targets: string[]) =>
  `  <node id="${id}">
    <data key="narSize">${String(narSize)}</data>
    <data key="name">${id.split('-')[0] ?? ''}-</data>
    <data key="type">output-path</data>
  </node>
${targets.map((target) => `  <edge source="${id}" target="${target}"/>\n`).join('')}`;

const nodes = [
  node(before, 4000, libc, shell),
  node(libc, 30_000_000),
  node(shell, 1_500_000, libc),
  node(after, 5000, environment, libc),
  node(environment, 200, shell),
].join('');
const roots = [before, after].map(inStore);

describe('a graph of references', () => {
  test.each(['long', 'int'])('has the sizes and references of all that was asked for (%s)', (type) => {
    const graph = parseReferenceGraph(`${head(type)}${nodes}${foot}`, roots);
    expect(Object.fromEntries(graph)).toEqual({
      [libc]: { narSize: 30_000_000, references: [] },
      [shell]: { narSize: 1_500_000, references: [libc] },
      [environment]: { narSize: 200, references: [shell] },
      [before]: { narSize: 4000, references: [libc, shell] },
      [after]: { narSize: 5000, references: [environment, libc] },
    });
  });

  test('gives the closure of each path in it, what is needed first', () => {
    const graph = parseReferenceGraph(`${head()}${nodes}${foot}`, roots);
    const [libcSized, shellSized] = [
      { path: inStore(libc), narSize: 30_000_000 },
      { path: inStore(shell), narSize: 1_500_000 },
    ];
    expect(closureIn(graph, inStore(before))).toEqual([libcSized, shellSized, { path: roots[0], narSize: 4000 }]);
    expect(closureIn(graph, inStore(after))).toEqual([
      libcSized,
      shellSized,
      { path: inStore(environment), narSize: 200 },
      { path: roots[1], narSize: 5000 },
    ]);
    expect(closureIn(graph, inStore(name('9', 'elsewhere')))).toEqual([]);
  });

  test.each([
    ['nothing', ''],
    ['an empty graph', head() + foot],
    ['one that lacks what was asked for', head() + node(before, 1) + foot],
    ['one that is cut off', (head() + nodes).slice(0, -300)],
    ['a path without its size', head() + nodes.replace('"narSize">30000000<', '"size">30000000<') + foot],
    ['a size that is no number', head() + nodes.replace('>4000<', '>4 kB<') + foot],
    ['references of another form', head() + nodes.replaceAll('<edge source', '<edge  from') + foot],
    [
      'paths with their folder, as Nix up to 2.3',
      head('int') + nodes.replaceAll(/="([0-9a-b]{32}-)/g, '="/nix/store/$1') + foot,
    ],
  ])('is not read from %s', (_name, text) => {
    expect(() => parseReferenceGraph(text, roots)).toThrow(
      /in a form that is not known\.\n[^]*nix-store --query --graphml [^]*2\.4 or newer/,
    );
  });
});
