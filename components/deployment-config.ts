import type { BuildHostArgs } from '../provider/resources/index.ts';
import type { DeploymentOptions } from './raspberry-pi.ts';
import { type StackConfig, unfit } from './stack-config.ts';

/** How the stack's config wants its Pi to be deployed to; what is not given keeps the default of NixosDeployment. */
export function deploymentOptions(config: StackConfig): DeploymentOptions {
  const options: { [K in keyof Required<DeploymentOptions>]: DeploymentOptions[K] | undefined } = {
    storePath: config.text('storePath'),
    buildOn: buildOn(config.text('buildOn')),
    substituteOnTarget: config.flag('substituteOnTarget'),
    compress: compress(config.text('compress')),
    goal: config.oneOf('goal', ['switch', 'boot', 'test']),
    reboot: config.oneOf('reboot', ['never', 'whenNeeded', 'always']),
    healthChecks: config.list('healthChecks'),
    rollbackOnFailedUnits: config.flag('rollbackOnFailedUnits'),
    adopt: config.flag('adopt'),
    keepGenerations: config.number('keepGenerations'),
    elevation: config.oneOf('elevation', ['sudo', 'run0', 'doas']),
    connectTimeoutSeconds: config.number('connectTimeoutSeconds'),
    buildTimeoutSeconds: config.number('buildTimeoutSeconds'),
    copyTimeoutSeconds: config.number('copyTimeoutSeconds'),
    activationTimeoutSeconds: config.number('activationTimeoutSeconds'),
    healthCheckTimeoutSeconds: config.number('healthCheckTimeoutSeconds'),
    confirmTimeoutSeconds: config.number('confirmTimeoutSeconds'),
    rebootTimeoutSeconds: config.number('rebootTimeoutSeconds'),
  };
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

/** `workstation`, `target`, or `[user@]host` as with `nixos-rebuild --build-host`. */
function buildOn(text: string | undefined): 'workstation' | 'target' | BuildHostArgs | undefined {
  if (text === undefined || text === 'workstation' || text === 'target') return text;
  const [, user, host = text] = /^(?:([^@]+)@)?([^@]+)$/.exec(text) ?? [];
  return user === undefined ? { host } : { host, user };
}

function compress(text: string | undefined): 'auto' | boolean | undefined {
  const meanings = new Map<string, 'auto' | boolean>([
    ['auto', 'auto'],
    ['true', true],
    ['false', false],
  ]);
  if (text === undefined || meanings.has(text)) return text === undefined ? undefined : meanings.get(text);
  throw unfit('compress', text, [...meanings.keys()]);
}
