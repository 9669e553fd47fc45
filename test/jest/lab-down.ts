import { Lab } from '../../lab/lab.ts';

/** Ends the tests' lab; its files stay until the next run, for whoever wants to know what happened. */
export default async function labDown(): Promise<void> {
  await Lab.open().down();
}
