import { tryRun } from '../run.ts';
import { readPartitionTable } from './partition-table.ts';

/** Whether a card is complete: a partition table, and on its second partition a file system with an SSH host key. */
export async function isBootable(card: string): Promise<boolean> {
  const [, root] = readPartitionTable(card) ?? [];
  if (root === undefined) return false;
  // Without mounting: a mount would show up where the provider looks, and replay the journal.
  const fileSystem = `${card}?offset=${String(root.offset)}`;
  const found = await tryRun(['debugfs', '-R', 'stat /etc/ssh/ssh_host_ed25519_key', fileSystem], {
    env: { DEBUGFS_PAGER: 'cat' },
  });
  return found.stdout.includes('Type: regular');
}
