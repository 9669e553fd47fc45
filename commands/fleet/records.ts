import { exportedState } from '../pulumi-cli.ts';
import { isSealed, type StackRecord, stackRecord } from './pi-record.ts';

/**
 * What a stack recorded.
 *
 * @throws ProvisioningError when it cannot be read.
 */
export async function readRecord(stack: string): Promise<StackRecord> {
  return stackRecord(stack, await readableState(stack));
}

/**
 * A stack's state, as JSON; its secrets are decrypted where its Pis cannot be asked without them.
 *
 * @throws ProvisioningError when it cannot be read.
 */
export async function readableState(stack: string): Promise<string> {
  const exported = await exportedState(stack);
  return isSealed(exported) ? exportedState(stack, 'shown') : exported;
}
