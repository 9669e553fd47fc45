import { activationDiagnoses } from './activation.ts';
import { buildingDiagnoses } from './building.ts';
import type { Diagnosis } from './diagnosis.ts';
import { evaluationDiagnoses } from './evaluation.ts';
import { hints } from './hints.ts';
import { machineDiagnoses, networkDiagnoses } from './machine.ts';
import { sshDiagnoses } from './ssh.ts';
import { storeDiagnoses } from './store.ts';

/** Every text that is known. The first that matches is told: a cause stands before what is said because of it. */
export const diagnoses: readonly Diagnosis[] = [
  ...machineDiagnoses,
  ...activationDiagnoses,
  ...buildingDiagnoses,
  ...sshDiagnoses,
  ...evaluationDiagnoses,
  ...storeDiagnoses,
  ...networkDiagnoses,
  ...hints,
];

/** The cause of a text that some tool printed, and what to do about it; undefined where it is not known. */
export function diagnose(text: string): string | undefined {
  const found = findDiagnosis(text);
  return found && `${found.cause} ${found.remedy}`;
}

export function findDiagnosis(text: string): Diagnosis | undefined {
  return diagnoses.find(({ pattern }) => pattern.test(text));
}
