import * as pulumi from '@pulumi/pulumi';
import { cardOrHostKey } from './components/card-config.ts';
import { given } from './components/configured.ts';
import { deploymentOptions } from './components/deployment-config.ts';
import { hardwareConfiguration } from './components/hardware-config.ts';
import { RaspberryPi } from './components/raspberry-pi.ts';
import { StackConfig } from './components/stack-config.ts';

const stack = pulumi.getStack();
const config = new StackConfig();
const name = config.text('hostDirectory') ?? stack;
const directory = `hosts/${name}`;
const host = config.text('host') ?? `${stack}.local`;

const pi = new RaspberryPi(
  name,
  {
    host,
    user: config.text('user'),
    port: config.number('port'),
    identityFile: config.text('identityFile'),
    sudoPassword: config.secret('sudoPassword'),
    configuration: config.text('configuration') ?? `${directory}/configuration.nix`,
    nixPath: config.list('nixPath'),
    hardwareConfiguration: hardwareConfiguration(config, `${directory}/hardware-configuration.nix`),
    ...cardOrHostKey(config, `${directory}/sd-card.nix`),
    checks: config.list('checks'),
    deployment: deploymentOptions(config),
  },
  // A stack that was renamed and keeps its folder keeps its Pi.
  { aliases: [{ name: stack }] },
);

const { address, hostPublicKey, machineId, checks } = pi;
const { storePath, previousStorePath, generation, kernel, bootId, rebootNeeded, freeBytes } = pi.deployment;

/** The stack's outputs. Who sees to the hardware configuration has no boardModel: the SDK would warn of it in each run. */
export default given({
  address,
  hostPublicKey,
  machineId,
  checks,
  storePath,
  previousStorePath,
  generation,
  kernel,
  bootId,
  rebootNeeded,
  freeBytes,
  boardModel: pi.hardware?.boardModel,
});
