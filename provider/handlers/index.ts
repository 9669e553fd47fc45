import { flashedCard } from './flashed-card.ts';
import { loadExeca } from '../process/run.ts';
import type { Handler } from './handler.ts';
import { hardwareConfig } from './hardware-config.ts';
import { nixosDeployment } from './nixos-deployment.ts';
import { sdImage } from './sd-image.ts';

/** The handlers by the names of their resources. A name that is in use stays: it is in users' states. */
export const handlers: Readonly<Record<string, Handler<object, object>>> = {
  SdImage: untyped(sdImage),
  FlashedCard: untyped(flashedCard),
  HardwareConfig: untyped(hardwareConfig),
  NixosDeployment: untyped(nixosDeployment),
};

/** Loads what no handler can do without, before the first one waits for it. */
export async function loadAhead(): Promise<void> {
  await loadExeca();
}

// Serving needs no types: the engine's values were checked against the handler's schema, or written by the handler itself.
function untyped<Inputs extends object, Outputs extends object>(
  handler: Handler<Inputs, Outputs>,
): Handler<object, object> {
  return handler as unknown as Handler<object, object>;
}
