import PQueue from 'p-queue';

/** What this process knows of a reader that several resources may want. */
interface Reader {
  readonly queue: PQueue;
  /** The card that was written last, and may still be in it: its owner, and the kernel's number of it. */
  written: { readonly owner: string | undefined; readonly diskSequence: number | undefined };
}

const readers = new Map<string, Reader>();

/** Whether another resource of this run waits for a card in this reader, or writes one. */
export function isTaken(device: string): boolean {
  const queue = readers.get(device)?.queue;
  return queue !== undefined && queue.pending + queue.size > 0;
}

/**
 * Lets the resources of one run use a reader one after another.
 *
 * @param owner the resource's address.
 * @param work is given the number of the card that another resource has written: that one is not for this. Tells the number of the
 * card that it has written itself.
 */
export async function inTurn<T extends { readonly diskSequence: number | undefined }>(
  device: string,
  owner: string | undefined,
  work: (writtenByAnother: number | undefined) => Promise<T>,
): Promise<T> {
  const reader = readers.get(device) ?? newReader();
  readers.set(device, reader);
  return reader.queue.add(async () => {
    const { written } = reader;
    const done = await work(written.owner === owner ? undefined : written.diskSequence);
    reader.written = { owner, diskSequence: done.diskSequence };
    return done;
  });
}

function newReader(): Reader {
  return { queue: new PQueue({ concurrency: 1 }), written: { owner: undefined, diskSequence: undefined } };
}
