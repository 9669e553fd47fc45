import { exportedState } from '../pulumi-cli.ts';
import { isSealed, type StackRecord, stackRecord } from './pi-record.ts';

/**
 * What a stack recorded.
 *
 * @throws ProvisioningError when it cannot be read.
 */
export async function readRecord(stack: string): Promise<StackRecord> {
  return stackRecord(stack, (await readableState(stack)).text);
}

export interface ReadableState {
  /** JSON. */
  readonly text: string;
  /** Its connections are secret, in whole or in part. */
  readonly isSecret: boolean;
}

/**
 * A stack's state; its secrets are decrypted where its Pis cannot be asked without them.
 *
 * @throws ProvisioningError when it cannot be read.
 */
export async function readableState(stack: string): Promise<ReadableState> {
  const exported = await exportedState(stack);
  const isSecret = isSealed(exported);
  return { text: isSecret ? await exportedState(stack, 'shown') : exported, isSecret };
}
