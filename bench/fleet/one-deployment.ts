import type { Lab } from '../../lab/lab.ts';
import type { NixosDeploymentOutputs } from '../../provider/handlers/deployment-inputs.ts';
import { recordedDeployment } from '../deploy/deployments.ts';
import type { Order, Performance } from '../deploy/handler-program.ts';
import type { Checkout } from './checkout.ts';
import { succeed } from './shelf.ts';

/**
 * Deploys a system to one Pi by the handler, without the engine and with nothing else at the same time.
 *
 * @returns how long the handler took, in seconds
 */
export async function deployOne(lab: Lab, checkout: Checkout, name: string, storePath: string): Promise<number> {
  const { directory } = checkout;
  const { id, inputs, outputs } = await recordedDeployment(lab, { directory, stack: name });
  const runs = await checkout.running(name);
  // As after a refresh: what others have deployed meanwhile is known.
  const known: NixosDeploymentOutputs = { ...outputs, storePath: runs, bootStorePath: runs };
  const order: Order = { id, inputs: { ...inputs, storePath }, outputs: known };
  const program = `${lab.instance.project}/bench/deploy/handler-program.ts`;
  const stdout = await succeed(lab, ['node', program], { cwd: directory, stdin: JSON.stringify(order) });
  return (JSON.parse(stdout) as Performance).seconds;
}
