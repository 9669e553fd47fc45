/** The documents whose commands are run, in this order, by one person at one workstation. */
export const story = [
  'README.md',
  'docs/fleet.md',
  'docs/by-hand.md',
  'docs/adopt.md',
  'docs/everyday.md',
  'docs/recovery.md',
  'docs/secrets.md',
  'docs/security.md',
] as const;

/** The Pis that they speak of, and that the lab has. */
export const pis = ['kitchen', 'attic', 'porch'] as const;

/** What a person at the bench reads off a screen; it takes the place of what stands in a document. */
export interface Known {
  /** The name of a Pi's card reader. */
  readonly reader: (pi: string) => string;
  readonly cardSizeBytes: () => Promise<string>;
  /** What is on the card of the kitchen, as `npm run cards` says. */
  readonly fingerprint: () => Promise<string>;
  /** Public host key of the Pi that is adopted. */
  readonly hostKey: () => Promise<string>;
  /** Where a channel lies. */
  readonly channel: (name: string) => Promise<string>;
}

export interface Substitution {
  readonly documented: RegExp;
  readonly here: (known: Known, ...groups: string[]) => string | Promise<string>;
  readonly because: string;
}

const reader = 'usb-Generic_Card_Reader_000000000001-0:0';
const allowLoop = "pulumi config set --path 'cardAllow[0]' loop";

/** All that is not run as it is documented. */
export const substitutions: readonly Substitution[] = [
  {
    documented: /npm run (\S+)(?: --)?/g,
    here: (_, script = '') => `node --run ${script} --`,
    because: 'the workstation has no npm; Node runs the same script of package.json',
  },
  {
    documented: new RegExp(`pi -- new (\\S+) --card /dev/disk/by-id/${reader}`, 'g'),
    here: ({ reader: readerOf }, pi = '') =>
      `pi -- new ${pi} --card /dev/disk/by-id/${readerOf(pi)} && ${allowLoop} --stack ${pi}`,
    because: 'a card of the lab is a loop device, which is no card unless it is allowed',
  },
  {
    documented: new RegExp(`pulumi config set cardDevice /dev/disk/by-id/${reader}`, 'g'),
    here: ({ reader: readerOf }) => `pulumi config set cardDevice /dev/disk/by-id/${readerOf('porch')} && ${allowLoop}`,
    because: 'the same',
  },
  { documented: /31914983424/g, here: (known) => known.cardSizeBytes(), because: 'the cards have another size' },
  { documented: /3f9a71c20b4e55d1/g, here: (known) => known.fingerprint(), because: 'other data is on the card' },
  { documented: /ssh-ed25519 AAAA…/g, here: (known) => known.hostKey(), because: 'the Pi has a key of its own' },
  {
    documented: /garage\.local/g,
    here: () => 'attic.local',
    because: 'the Pi that runs already is the one that was made before as attic',
  },
  {
    documented: /github:NixOS\/(nixpkgs\/nixos-26\.05|nixos-hardware)/g,
    here: async (known, repository = '') => `path:${await known.channel(repository.replace(/\/.*/, ''))}`,
    because: 'the workstation reaches no internet',
  },
  {
    documented: /--secret sudoPassword/g,
    here: () => '--secret sudoPassword correct-horse',
    because: 'nobody is there to be asked',
  },
];

/** A documented text as it is run in the lab. */
export async function inTheLab(text: string, known: Known): Promise<string> {
  let changed = text;
  for (const { documented, here } of substitutions)
    for (const [found, ...groups] of changed.matchAll(documented))
      changed = changed.replace(found, await here(known, ...groups));
  return changed;
}
