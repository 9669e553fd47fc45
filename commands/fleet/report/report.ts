import type { PackageChanges } from '../../../provider/nix/compare-packages.ts';
import type { FreeSpace } from '../../../provider/nix/free-space.ts';
import type { PastDeployment } from '../../../provider/activation/deployment-record.ts';
import type { PiStatus } from '../pi-status.ts';
import type { Update } from './updates.ts';

/** All that the page shows. */
export interface FleetReport {
  /** Name of the Pulumi project. */
  readonly project: string;
  readonly madeAt: Date;
  /** Who made it, for example `ada@desk`. */
  readonly madeBy: string;
  readonly pis: readonly PiReport[];
  readonly stacks: readonly StackReport[];
}

/** A Pi, or a stack that has none yet. */
export interface PiReport {
  /** The stack's name; with the resource's where the stack has several Pis. */
  readonly name: string;
  readonly status: PiStatus;
  /** Undefined for a stack that has not deployed anything yet. */
  readonly recorded: RecordedFacts | undefined;
  /** Undefined where it does not answer. */
  readonly running: RunningFacts | undefined;
  readonly contact: Contact | undefined;
  /** What its configuration would change on what runs; undefined where nothing is pending or that is not known. */
  readonly pending: PackageChanges | undefined;
  /** What somebody else changed on what was deployed; undefined where nothing was or that is not known. */
  readonly drift: PackageChanges | undefined;
  /** Its system generations, oldest first; none where they could not be asked for. */
  readonly generations: readonly Generation[];
  /** Deployments by the Pi's own record, oldest first. */
  readonly deployments: readonly PiDeployment[];
}

/** What the stack's state says of a Pi. */
export interface RecordedFacts {
  readonly storePath: string;
  readonly previousStorePath: string;
  readonly generation: number;
  readonly kernel: string;
  readonly boardModel: string;
  readonly rebootNeeded?: boolean | undefined;
  readonly freeBytes?: number | undefined;
  /** When the state's entry changed last, which takes contact with the Pi. */
  readonly changedAt: Date | undefined;
}

/** What a Pi said when it was asked for this report. */
export interface RunningFacts {
  readonly generation: number;
  readonly kernel: string;
  readonly boardModel: string;
  readonly free: FreeSpace | undefined;
}

/** When a Pi answered last, and how that is known. */
export interface Contact {
  readonly time: Date;
  readonly from: 'now' | 'this machine' | 'state';
}

export interface Generation {
  readonly number: number;
  readonly storePath: string;
  readonly madeAt: Date;
  /** What its closure takes, in bytes. */
  readonly bytes: number;
  readonly isRunning: boolean;
}

export interface PiDeployment extends PastDeployment {
  /** Undefined where the Pi keeps one of the two systems no more. */
  readonly packages: PackageChanges | undefined;
}

export interface StackReport {
  readonly name: string;
  /** The newest first. */
  readonly updates: readonly Update[];
}
