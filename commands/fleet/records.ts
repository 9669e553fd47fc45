import { exportedState } from '../pulumi-cli.ts';
import { isSealed, type StackRecord, stackRecord } from './pi-record.ts';

/**
 * What a stack recorded.
 *
 * @throws ProvisioningError when it cannot be read.
 */
export async function readRecord(stack: string): Promise<StackRecord> {
  const exported = await exportedState(stack);
  return stackRecord(stack, isSealed(exported) ? await exportedState(stack, 'shown') : exported);
}
