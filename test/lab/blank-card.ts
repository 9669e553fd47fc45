import type { Lab } from '../../lab/lab.ts';

/** Switches a Pi off and puts its card into the reader, with nothing on it: another test may have left a system there. */
export async function blankCardInReader(lab: Lab, pi: string): Promise<void> {
  await lab.pi(pi).powerOff();
  await lab.card(pi).insert('reader');
  const { code, stderr } = await lab.exec(['blkdiscard', '--zeroout', lab.card(pi).device]);
  if (code !== 0) throw new Error(`the card of ${pi} was not wiped: ${stderr}`);
}
