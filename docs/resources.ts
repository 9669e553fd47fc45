import path from 'node:path';
import prettier from 'prettier';
import { type Declaration, type Property, readDeclarations } from './read-sources.ts';

/** What docs/resources.md is made of. */
const sources = [
  ...['raspberry-pi', 'raspberry-pi-card', 'image-and-card'].map((name) => `components/${name}.ts`),
  ...['sd-image', 'flashed-card', 'hardware-config', 'nixos-deployment', 'evaluated', 'connection-args'].map(
    (name) => `provider/resources/${name}.ts`,
  ),
];

const introduction = `<!-- Made by \`npm run docs\` from the doc comments of the sources. Edit those. -->

# Resources

Four custom resources, each useful alone, and two components that connect them. They are imported from
\`provider/resources/index.ts\`, \`components/raspberry-pi.ts\` and \`components/raspberry-pi-card.ts\`.

An argument marked _input_ takes a plain value or another resource's output, the others take plain values. One marked
_optional_ may be left out; its default stands in the text. Relative paths start at the directory of Pulumi.yaml. Besides the
outputs that are listed, the state of each resource holds its arguments as they were carried out. What each error means is in
[errors.md](errors.md), the config keys of index.ts in [config.md](config.md).
`;

const declarations = readDeclarations(sources);

const described = new RegExp(String.raw`\b(${[...declarations.keys()].join('|')})\b`);

/** The text of docs/resources.md. */
export async function resourcesDocument(): Promise<string> {
  const text = [
    introduction,
    component('RaspberryPi', { CardArgs: 'FlashedCardArgs', HardwareConfigurationArgs: 'HardwareConfigArgs' }),
    component('RaspberryPiCard', { CardArgs: 'FlashedCardArgs' }),
    ...['SdImage', 'FlashedCard', 'HardwareConfig', 'NixosDeployment'].map(resource),
    ...['ConnectionArgs', 'BuildHostArgs', 'HealthCheckArgs'].map(shared),
    selection('DeploymentOptions'),
  ].join('\n');
  const file = path.join(import.meta.dirname, 'resources.md');
  return prettier.format(text, { ...(await prettier.resolveConfig(file)), parser: 'markdown' });
}

function resource(name: string): string {
  return [...head(declared(name)), '### Arguments', table(argumentsOf(`${name}Args`)), ...outputs(declared(name))].join(
    '\n\n',
  );
}

/** `handedOn`: groups of arguments, each with the arguments of a resource in which they are described. */
function component(name: string, handedOn: Readonly<Record<string, string>>): string {
  const rows = argumentsOf(`${name}Args`).flatMap((property) => {
    const resourceArgs = handedOn[property.type];
    if (resourceArgs === undefined) return [property];
    return argumentsOf(property.type).map((inner) => nested(property, inner, resourceArgs));
  });
  return [...head(declared(name)), '### Arguments', table(rows), ...outputs(declared(name))].join('\n\n');
}

function shared(name: string): string {
  return [`## ${name}`, declared(name).text, table(argumentsOf(name))].join('\n\n');
}

function selection(name: string): string {
  const { text, parents, picks = [] } = declared(name);
  const names = picks.map((each) => `\`${each}\``).join(', ');
  const resources = parents.map((parent) => typeCell(parent.replace(/Args$/, ''))).join(', ');
  return [`## ${name}`, text, `Arguments of ${resources}: ${names}.`].join('\n\n');
}

function nested(outer: Property, inner: Property, resourceArgs: string): Property {
  const described = argumentsOf(resourceArgs).find(({ name }) => name === inner.name);
  return {
    ...inner,
    name: `${outer.name}.${inner.name}`,
    text: inner.text || (described?.text ?? ''),
    examples: inner.examples.length > 0 ? inner.examples : (described?.examples ?? []),
  };
}

function head({ name, text, examples }: Declaration): string[] {
  return [
    `## ${name}`,
    text.replace(/^Raised:/m, '**Errors:**'),
    ...examples.map((code) => `\`\`\`ts\n${code}\n\`\`\``),
  ];
}

/** Without those that are arguments too, which have no comment of their own. */
function outputs({ properties: all }: Declaration): string[] {
  const properties = all.filter(({ type, text }) => text !== '' || declarations.has(type));
  const rows = properties.map(({ name, type, text }) => `| \`${name}\` | ${typeCell(type)} | ${cell(text)} |`);
  return ['### Outputs', ['| Output | Type | Meaning |', '| --- | --- | --- |', ...rows].join('\n')];
}

/** An interface's own properties after those that it inherits. */
function argumentsOf(name: string): Property[] {
  const { parents, properties } = declared(name);
  const own = new Set(properties.map((property) => property.name));
  return [...parents.flatMap(argumentsOf).filter((inherited) => !own.has(inherited.name)), ...properties];
}

function table(properties: readonly Property[]): string {
  const rows = properties.map(({ name, type, optional, isInput, text, examples }) => {
    const marks = `${isInput ? ', _input_' : ''}${optional ? ', _optional_' : ''}`;
    const words = [text, ...examples.map((example) => `Example: \`${example}\`.`)].filter(Boolean).join(' ');
    return `| \`${name}\` | ${typeCell(type)}${marks} | ${cell(words || `See ${type}.`)} |`;
  });
  return ['| Argument | Type | Meaning |', '| --- | --- | --- |', ...rows].join('\n');
}

/** The type, with a link to what of it this document describes. */
function typeCell(type: string): string {
  const parts = type.split(described).filter((part) => part !== '');
  return parts.map((part) => (declarations.has(part) ? `[${part}](#${part.toLowerCase()})` : code(part))).join('');
}

function code(text: string): string {
  const [, before = '', inner = '', after = ''] = /^(\s*)(.*?)(\s*)$/.exec(text.replaceAll('|', String.raw`\|`)) ?? [];
  return inner === '' ? text : `${before}\`${inner}\`${after}`;
}

function cell(text: string): string {
  return text.replaceAll(/\s+/g, ' ').replaceAll('|', String.raw`\|`);
}

/** @throws Error when a source no longer declares what the document describes. */
function declared(name: string): Declaration {
  const found = declarations.get(name);
  if (found === undefined) throw new Error(`no exported ${name} in ${sources.join(', ')}`);
  return found;
}
