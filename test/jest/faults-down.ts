import { purgeLabs } from './faults-labs.ts';

export default async function faultsDown(): Promise<void> {
  await purgeLabs();
}
