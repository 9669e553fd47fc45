import { credentials } from '@grpc/grpc-js';
import { EngineClient } from '@pulumi/pulumi/proto/engine_grpc_pb.js';
import engineMessages from '@pulumi/pulumi/proto/engine_pb.js';

// A CommonJS module whose names Node cannot see from outside.
const { LogRequest, LogSeverity } = engineMessages;

type Severity = 'info' | 'warning';

/**
 * Sends lines to the engine, under the resource that they are about. The engine's address is the last argument of the
 * provider process (sdk/nodejs/cmd/dynamic-provider).
 */
export class EngineLog {
  readonly #engine: EngineClient | undefined;
  readonly #lastProgress = new Map<string, number>();

  constructor(argument: string | undefined) {
    const address = engineAddress(argument);
    this.#engine = address === undefined ? undefined : new EngineClient(address, credentials.createInsecure());
  }

  log(urn: string | undefined, severity: Severity, message: string): void {
    this.#send(urn, severity, message, false);
  }

  /** Live status: at most five a second for each resource, so that a noisy build does not flood the engine. */
  progress(urn: string | undefined, message: string): void {
    const now = Date.now();
    if (now - (this.#lastProgress.get(urn ?? '') ?? 0) < 200) return;
    this.#lastProgress.set(urn ?? '', now);
    this.#send(urn, 'info', message, true);
  }

  #send(urn: string | undefined, severity: Severity, message: string, ephemeral: boolean): void {
    const request = new LogRequest();
    request.setUrn(urn ?? '');
    request.setSeverity(severity === 'warning' ? LogSeverity.WARNING : LogSeverity.INFO);
    request.setMessage(message);
    request.setEphemeral(ephemeral);
    // A log line that is lost must not fail the resource.
    this.#engine?.log(request, () => undefined);
  }
}

/** An argument of the process if it is the address of an engine; undefined for anything else. */
export function engineAddress(argument: string | undefined): string | undefined {
  return argument !== undefined && /^[\w.:[\]-]+:\d+$/.test(argument) ? argument : undefined;
}
