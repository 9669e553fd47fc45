export type { ConnectionArgs } from './connection-args.ts';
export { type ConfigurationArgs, evaluateAhead } from './evaluated.ts';
export { FlashedCard, type FlashedCardArgs } from './flashed-card.ts';
export { HardwareConfig, type HardwareConfigArgs } from './hardware-config.ts';
export {
  type BuildHostArgs,
  type HealthCheckArgs,
  NixosDeployment,
  type NixosDeploymentArgs,
} from './nixos-deployment.ts';
export { SdImage, type SdImageArgs } from './sd-image.ts';
