import { installedWriters } from '../../provider/card/card-writer.ts';

/** Where the card writer is put, owned by root. */
export const [installedWriter] = installedWriters;

/** Where the Node that runs it is put, where the system has none of its own. */
export const installedNode = '/usr/local/libexec/pulumi-nixos-pi/node';
