import { labPrefix, purgeLabs, type TestProject } from './own-labs.ts';

export default async function ownLabsDown(_jest: unknown, { globals }: TestProject): Promise<void> {
  await purgeLabs(labPrefix(globals));
}
