import { secondsToEnd, secondsToGoBack } from './deployment-deadlines.ts';
import { oneLine } from './record-script.ts';
import { followScript, startScript } from './start-script.ts';
import type { SupervisedDeployment } from './supervised-deployment.ts';
import { supervisorScript } from './supervisor-script.ts';

/** A command that starts a supervisor on the Pi and follows it to its end. */
export interface StartRequest {
  readonly argv: readonly string[];
  /** The supervisor. */
  readonly stdin: string;
}

/**
 * What is run on the Pi, as root, to start a deployment.
 *
 * @param run names it; a UUID.
 * @param user the login.
 */
export function startRequest(run: string, user: string, deployment: SupervisedDeployment): StartRequest {
  const since = `since ${new Date().toISOString().slice(0, 19).replace('T', ' ')} UTC`;
  const description = `${oneLine(deployment.deployer)}, deploying ${deployment.storePath}, ${since} (run ${run})`;
  const limits = [secondsToGoBack(deployment), secondsToEnd(deployment)].map(String);
  const argv = ['/bin/sh', '-c', `${startScript}\n${followScript}`, 'start', run, user, description, ...limits];
  const stdin = supervisorScript({
    run,
    user,
    deployer: deployment.deployer,
    storePath: deployment.storePath,
    expectedSystem: deployment.expectedSystem,
    goal: deployment.goal,
    address: deployment.address,
    healthChecks: deployment.healthChecks,
    rollbackOnFailedUnits: deployment.rollbackOnFailedUnits,
    activationSeconds: deployment.activationTimeoutSeconds,
    healthSeconds: deployment.healthCheckTimeoutSeconds,
    confirmSeconds: deployment.confirmTimeoutSeconds,
  });
  return { argv, stdin };
}
