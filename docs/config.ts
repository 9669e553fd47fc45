import { readFileSync } from 'node:fs';
import path from 'node:path';
import prettier from 'prettier';
import { parse } from 'yaml';
import { z } from 'zod';
import { type Declaration, readDeclarations } from './read-sources.ts';

const project = path.dirname(import.meta.dirname);

const schema = z.object({
  config: z.record(
    z.string(),
    z.object({ type: z.string(), description: z.string(), items: z.object({ type: z.string() }).optional() }),
  ),
});

/** What is typed for a key whose type does not say it: what stands between `pulumi config set` and the comment. */
const examples: Readonly<Record<string, string>> = {
  host: 'host 192.168.1.20',
  user: 'user pi',
  identityFile: 'identityFile ~/.ssh/id_pis',
  sudoPassword: '--secret sudoPassword',
  hostDirectory: 'hostDirectory kitchen',
  image: "image '.#kitchen-card'",
  imageFile: 'imageFile nixos.img.zst',
  configuration: "configuration '.#kitchen'",
  nixPath: "--path 'nixPath[0]' nixpkgs=channel:nixos-26.05",
  hostKey: "hostKey 'ssh-ed25519 AAAA…'",
  cardDevice: 'cardDevice /dev/disk/by-id/usb-Generic_Card_Reader_000000000001-0:0',
  cardSizeBytes: 'cardSizeBytes 31914983424',
  cardAllow: "--path 'cardAllow[0]' emmc",
  eraseCard: 'eraseCard 3f9a71c20b4e55d1',
  cardGeneration: 'cardGeneration 2',
  reflash: 'reflash onImageChange',
  cardFiles: `--secret cardFiles '[{"path":"/etc/token","content":"…","mode":"0600"}]'`,
  wifiName: 'wifiName home',
  wifiPassword: '--secret wifiPassword',
  hostPrivateKey: '--secret hostPrivateKey < ssh_host_ed25519_key',
  checks: "--path 'checks[0]' 'nvim --version'",
  healthChecks: "--path 'healthChecks[0]' 'curl --fail --silent http://localhost/'",
  storePath: 'storePath "$(pulumi stack output previousStorePath)"',
  buildOn: 'buildOn ada@builder',
  goal: 'goal boot',
  reboot: 'reboot whenNeeded',
  elevation: 'elevation run0',
  keepGenerations: 'keepGenerations 5',
};

const introduction = `<!-- Made by \`npm run docs\` from Pulumi.yaml and the doc comments of the sources. Edit those. -->

# Config keys and outputs

Of the program [index.ts](../index.ts), for each stack. Only \`cardDevice\` is required, or \`hostKey\` for a Pi that runs already.
A key is set with \`pulumi config set KEY VALUE\`, an element of a list with \`--path 'KEY[0]'\`, a secret with \`--secret\`, which asks
for the value; \`pulumi config rm KEY\` goes back to the default. \`Pulumi.NAME.yaml\` says what is set; \`pulumi config\` lists all
keys, those that are not set with \`0\`, \`false\`, \`[]\` or nothing in place of the default that stands here.

`;

/** The text of docs/config.md. */
export async function configDocument(): Promise<string> {
  const keys = [
    '| Key | Type | Meaning |',
    '| --- | --- | --- |',
    ...Object.entries(configKeys()).map(
      ([key, { type, items, description }]) =>
        `| \`${key}\` | ${items === undefined ? type : `list of ${items.type}s`} | ${cell(description)}.${example(key)} |`,
    ),
  ];
  const outputs = [
    ...[
      '## Outputs',
      '',
      '`pulumi stack output NAME`. What a deployment tells is of the last `pulumi up` or `pulumi refresh`; with `ownHardwareConfig` there is no `boardModel`.',
      '',
    ],
    '| Output | Meaning |',
    '| --- | --- |',
    ...outputNames().map((name) => `| \`${name}\` | ${cell(meaning(name))} |`),
  ];
  const file = path.join(import.meta.dirname, 'config.md');
  const text = `${introduction}${[...keys, '', ...outputs].join('\n')}\n`;
  return prettier.format(text, { ...(await prettier.resolveConfig(file)), parser: 'markdown' });
}

/** @throws Error when an example is of no key. */
function configKeys() {
  const { config } = schema.parse(parse(read('Pulumi.yaml')));
  const strangers = Object.keys(examples).filter((key) => !(key in config));
  if (strangers.length > 0)
    throw new Error(`docs/config.ts has examples of ${strangers.join(', ')}, not in Pulumi.yaml`);
  return config;
}

function example(key: string): string {
  const words = examples[key];
  return words === undefined ? '' : ` Example: \`pulumi config set ${cell(words)}\`.`;
}

/** What index.ts exports. */
function outputNames(): string[] {
  const [, exported = ''] = /^export default given\(\{$(.+?)^\}\);$/ms.exec(read('index.ts')) ?? [];
  return [...exported.matchAll(/^ {2}(\w+)/gm)].map(([, name = '']) => name);
}

/** The doc comment of the component's or a resource's output of that name. */
function meaning(name: string): string {
  const sources = [
    'components/raspberry-pi.ts',
    'provider/resources/nixos-deployment.ts',
    'provider/resources/hardware-config.ts',
  ];
  const declared: ReadonlyMap<string, Declaration> = readDeclarations(sources);
  for (const owner of ['RaspberryPi', 'NixosDeployment', 'HardwareConfig']) {
    const found = declared.get(owner)?.properties.find((property) => property.name === name && property.text !== '');
    if (found !== undefined) return found.text;
  }
  throw new Error(`no doc comment of the output ${name} in ${sources.join(', ')}`);
}

function read(file: string): string {
  return readFileSync(path.join(project, file), 'utf8');
}

function cell(text: string): string {
  return text
    .replaceAll(/\s+/g, ' ')
    .replaceAll('|', String.raw`\|`)
    .replaceAll('<', '&lt;');
}
