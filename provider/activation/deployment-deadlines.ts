/** How long the parts of a deployment may take, in seconds. */
export interface DeploymentTimeouts {
  readonly activationTimeoutSeconds: number;
  readonly healthCheckTimeoutSeconds: number;
  readonly confirmTimeoutSeconds: number;
}

/** What going back may take: the old system activated and set up for booting, and half a minute to see whether it is back. */
export function secondsToGoBack({ activationTimeoutSeconds }: DeploymentTimeouts): number {
  return Math.ceil(2 * activationTimeoutSeconds + 180);
}

/** After what time the supervisor has ended by itself, or is ended. */
export function secondsToEnd(deployment: DeploymentTimeouts): number {
  const { activationTimeoutSeconds, healthCheckTimeoutSeconds, confirmTimeoutSeconds } = deployment;
  return Math.ceil(3 * activationTimeoutSeconds + healthCheckTimeoutSeconds + confirmTimeoutSeconds + 60);
}

/** How long a Pi that does not answer may still be on its way to a decision, and back to where it answers. */
export function secondsToDecide(deployment: DeploymentTimeouts, phase: string): number {
  const { activationTimeoutSeconds, healthCheckTimeoutSeconds, confirmTimeoutSeconds } = deployment;
  const waiting = confirmTimeoutSeconds + 300;
  if (phase === 'confirming' || phase === 'installing' || phase === 'going-back') return waiting;
  return (phase === 'checking' ? 0 : activationTimeoutSeconds) + healthCheckTimeoutSeconds + waiting;
}
