/** A shell command that has to succeed on the Pi before a deployment is kept. */
export interface HealthCheck {
  readonly command: string;
  /** As root, instead of as the login. */
  readonly root: boolean;
}

export interface SupervisedDeployment {
  /** The toplevel; has to be on the Pi already. */
  readonly storePath: string;
  /** `switch`: run it and boot it. `test`: run it until the next reboot. `boot`: run it from the next reboot on. */
  readonly goal: 'switch' | 'test' | 'boot';
  /** What the Pi ran when the deployer decided; where it runs something else by now, nothing is done. */
  readonly expectedSystem: string;
  /** The Pi's own address, where the deployer came in: it has to be there again after going back. Empty where not known. */
  readonly address: string;
  /** Who deploys, told to whoever finds the Pi busy; for example `stack kitchen, ada@laptop`. */
  readonly deployer: string;
  readonly healthChecks: readonly HealthCheck[];
  /** Go back when a unit fails to start. */
  readonly rollbackOnFailedUnits: boolean;
  readonly activationTimeoutSeconds: number;
  readonly healthCheckTimeoutSeconds: number;
  readonly confirmTimeoutSeconds: number;
}
