// Runs on the workstation, in the folder of the project: one deployment by the handler, without the engine.
import { text } from 'node:stream/consumers';
import { performance } from 'node:perf_hooks';
import type { NixosDeploymentInputs, NixosDeploymentOutputs } from '../../provider/handlers/deployment-inputs.ts';
import { nixosDeployment } from '../../provider/handlers/nixos-deployment.ts';
import { Trace } from './trace.ts';
import type { TraceEvent } from './trace.ts';

/** What this program reads. */
export interface Order {
  readonly id: string;
  readonly outputs: NixosDeploymentOutputs;
  readonly inputs: NixosDeploymentInputs;
}

/** What this program prints. */
export interface Performance {
  /** The handler's own time. */
  readonly seconds: number;
  /** From the start of the process until the handler was there. */
  readonly loadingSeconds: number;
  readonly events: readonly TraceEvent[];
  readonly outputs: NixosDeploymentOutputs;
}

const loadingSeconds = performance.now() / 1000;
const { id, outputs, inputs } = JSON.parse(await text(process.stdin)) as Order;
const trace = new Trace();
const say = (message: string): void => void process.stderr.write(`${message}\n`);
const context = {
  log: { info: say, warn: say },
  progress: (message: string) => {
    trace.progress(message);
  },
  signal: new AbortController().signal,
  urn: 'bench',
};
trace.begin();
const deployed = await nixosDeployment.update(context, id, outputs, inputs);
const result: Performance = { seconds: trace.seconds(), loadingSeconds, events: trace.events, outputs: deployed };
process.stdout.write(JSON.stringify(result));
