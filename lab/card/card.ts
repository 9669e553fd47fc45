import type { Lab } from '../lab.ts';
import type { Pi } from '../instance.ts';
import { withPiLock } from '../locks.ts';
import { moveCard } from './reader.ts';
import { cardSlot } from './slot.ts';
import type { Slot } from './slot.ts';

/** A Pi's SD card, as a hand holds it. */
export class Card {
  private readonly lab: Lab;
  private readonly pi: Pi;

  constructor(lab: Lab, pi: Pi) {
    this.lab = lab;
    this.pi = pi;
  }

  where(): Slot {
    return cardSlot(this.pi);
  }

  /** The file that is the card. */
  get imagePath(): string {
    return this.pi.card;
  }

  /** How the workstation names the card while it is in the reader. */
  get device(): string {
    return `/dev/disk/by-id/${this.pi.reader}`;
  }

  /** @throws LabError while the Pi is running */
  async insert(slot: Slot): Promise<void> {
    await withPiLock(this.pi, async () => {
      await moveCard(this.lab.machine(), this.pi, slot);
    });
  }
}
