import { exportedState } from '../pulumi-cli.ts';
import { isSealed, type StackRecord, stackRecord } from './pi-record.ts';
import { type ProjectConfig, readStackConfig } from './project-config.ts';

/**
 * What a stack recorded.
 *
 * @throws ProvisioningError when it cannot be read.
 */
export async function readRecord(stack: string, project: ProjectConfig): Promise<StackRecord> {
  const [state, config] = await Promise.all([readableState(stack), readStackConfig(stack, project)]);
  return stackRecord(stack, state, config);
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
