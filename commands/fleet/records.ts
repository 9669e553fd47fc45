import { exportedState } from '../pulumi-cli.ts';
import { isSealed, type StackRecord, stackRecord } from './pi-record.ts';
import { type ProjectConfig, readStackConfig } from './project-config.ts';
import { heedingConfig } from './secret-host.ts';

/**
 * What a stack recorded.
 *
 * @throws ProvisioningError when it cannot be read.
 */
export async function readRecord(stack: string, project: ProjectConfig): Promise<StackRecord> {
  const [state, config] = await Promise.all([readableState(stack), readStackConfig(stack, project)]);
  const record = stackRecord(stack, state);
  return { ...record, pis: record.pis.map((pi) => heedingConfig(pi, config)) };
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
