import * as pulumi from '@pulumi/pulumi';
import { deploymentOptions } from './components/deployment-config.ts';
import { RaspberryPi } from './components/raspberry-pi.ts';
import { StackConfig } from './components/stack-config.ts';

const stack = pulumi.getStack();
const config = new StackConfig();
const directory = `hosts/${config.text('hostDirectory') ?? stack}`;
const host = config.text('host') ?? `${stack}.local`;

const pi = new RaspberryPi(stack, {
  host,
  user: config.text('user'),
  port: config.number('port'),
  identityFile: config.text('identityFile'),
  sudoPassword: config.secret('sudoPassword'),
  image: config.text('image') ?? `${directory}/sd-card.nix`,
  configuration: config.text('configuration') ?? `${directory}/configuration.nix`,
  nixPath: config.list('nixPath'),
  hardwareConfiguration: {
    path: `${directory}/hardware-configuration.nix`,
    overwrite: config.flag('overwriteHardwareConfig'),
    firstBootTimeoutSeconds: config.number('firstBootTimeoutSeconds'),
  },
  card: {
    device: config.required('cardDevice'),
    expectedSizeBytes: config.number('cardSizeBytes'),
    serial: config.text('cardSerial'),
    allow: config.list('cardAllow'),
    erase: config.flag('eraseCard'),
    generation: config.text('cardGeneration'),
  },
  checks: config.list('checks'),
  deployment: deploymentOptions(config),
});

export const address = host;
export const { storePath, previousStorePath, generation, kernel, bootId, rebootNeeded, freeBytes } = pi.deployment;
export const { boardModel, machineId } = pi.hardware;
export const { hostPublicKey } = pi.card;
export const { checks } = pi;
