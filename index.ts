import * as pulumi from '@pulumi/pulumi';
import { cardOptions } from './components/card-config.ts';
import { deploymentOptions } from './components/deployment-config.ts';
import { RaspberryPi } from './components/raspberry-pi.ts';
import { StackConfig } from './components/stack-config.ts';

const stack = pulumi.getStack();
const config = new StackConfig();
const directory = `hosts/${config.text('hostDirectory') ?? stack}`;
const host = config.text('host') ?? `${stack}.local`;

const imageFile = config.text('imageFile');

const pi = new RaspberryPi(stack, {
  host,
  user: config.text('user'),
  port: config.number('port'),
  identityFile: config.text('identityFile'),
  sudoPassword: config.secret('sudoPassword'),
  image: config.text('image') ?? (imageFile === undefined ? `${directory}/sd-card.nix` : undefined),
  imageFile,
  imageFileSha256: config.text('imageFileSha256'),
  configuration: config.text('configuration') ?? `${directory}/configuration.nix`,
  nixPath: config.list('nixPath'),
  hardwareConfiguration: {
    path: `${directory}/hardware-configuration.nix`,
    overwrite: config.flag('overwriteHardwareConfig'),
    firstBootTimeoutSeconds: config.number('firstBootTimeoutSeconds'),
  },
  card: cardOptions(config),
  checks: config.list('checks'),
  deployment: deploymentOptions(config),
});

export const address = host;
export const { storePath, previousStorePath, generation, kernel, bootId, rebootNeeded, freeBytes } = pi.deployment;
export const { boardModel, machineId } = pi.hardware;
export const { hostPublicKey } = pi.card;
export const { checks } = pi;
