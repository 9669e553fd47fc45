/** What is going on with a stack or a Pi, in the words of the live table. */
export type Phase =
  | 'waiting'
  | 'reading its record'
  | 'looking for it'
  | 'starting'
  | 'waits for the lock'
  | 'evaluating'
  | 'building'
  | 'waits for the Pi'
  | 'copying'
  | 'activating'
  | 'checking'
  | 'confirming'
  | 'going back'
  | 'restarting'
  | 'cleaning up'
  | 'preparing the image'
  | 'waits for a card'
  | 'writing the card'
  | 'first boot'
  | 'hardware';

/** How the live status of the resources begins in each phase. */
const beginnings: readonly (readonly [RegExp, Phase])[] = [
  [/^evaluating /, 'evaluating'],
  [/^waiting for the first boot/, 'first boot'],
  [/^(\d+ of \d+ (built|fetched)|building |fetching )/, 'building'],
  [/^(checking|compressing) the image/, 'preparing the image'],
  [/^(copying |looking whether \d+ store paths|\d+ of \d+ paths?\b)/, 'copying'],
  [/^(starting the deployment|activating)/, 'activating'],
  [/^trying the health checks/, 'checking'],
  [/^(confirming|making the new system the one that boots)/, 'confirming'],
  [/^(going back|telling the Pi to go back)/, 'going back'],
  [/^restarting /, 'restarting'],
  [/^waiting for (a|the) card in /, 'waits for a card'],
  [
    /^(put the card into the Pi.*; )?waiting for \S+(, \d+ s of| to end this stack's last deployment)/,
    'waits for the Pi',
  ],
  [/^(deleting |waiting for the garbage collection)/, 'cleaning up'],
  [
    /^(writing|reading back|comparing|looking whether all of its size|having it write zeros|putting the SSH host key)/,
    'writing the card',
  ],
  [/^reading the hardware configuration/, 'hardware'],
];

/** The phase that a line of live status belongs to; undefined where it tells none, so that the one before goes on. */
export function phaseOf(status: string): Phase | undefined {
  return beginnings.find(([pattern]) => pattern.test(status))?.[1];
}
