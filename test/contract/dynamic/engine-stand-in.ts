import { setTimeout as sleep } from 'node:timers/promises';
import grpc from '@grpc/grpc-js';
import { EngineService } from '@pulumi/pulumi/proto/engine_grpc_pb.js';
import engineMessages from '@pulumi/pulumi/proto/engine_pb.js';
import type { LogRequest } from '@pulumi/pulumi/proto/engine_pb.js';
import empty from 'google-protobuf/google/protobuf/empty_pb.js';

/** A line that the provider sent to the engine. */
export interface EngineLine {
  readonly severity: 'info' | 'warning' | 'error' | 'debug';
  readonly urn: string;
  readonly message: string;
  readonly ephemeral: boolean;
}

/** The engine's side of the protocol, as far as a provider talks to it: it keeps what was logged. */
export class EngineStandIn {
  readonly lines: EngineLine[] = [];
  readonly #server = new grpc.Server();
  #port = 0;

  get address(): string {
    return `127.0.0.1:${String(this.#port)}`;
  }

  async start(): Promise<void> {
    this.#server.addService(EngineService, {
      log: (call: { request: LogRequest }, reply: (error: null, value: unknown) => void) => {
        this.lines.push(lineOf(call.request));
        reply(null, new empty.Empty());
      },
    });
    const credentials = grpc.ServerCredentials.createInsecure();
    this.#port = await new Promise<number>((resolve, reject) => {
      this.#server.bindAsync('127.0.0.1:0', credentials, (error, port) => {
        if (error === null) resolve(port);
        else reject(error);
      });
    });
  }

  /** The line that holds a text. Lines are sent beside the answer to a call, so they may come a little later. */
  async lineWith(text: string): Promise<EngineLine> {
    for (let attempt = 0; attempt < 500; attempt += 1) {
      const found = this.lines.find(({ message }) => message.includes(text));
      if (found !== undefined) return found;
      await sleep(20);
    }
    throw new Error(`no line with "${text}" among ${JSON.stringify(this.lines)}`);
  }

  stop(): void {
    this.#server.forceShutdown();
  }
}

function lineOf(request: LogRequest): EngineLine {
  const { DEBUG, INFO, WARNING } = engineMessages.LogSeverity;
  const names = new Map([
    [DEBUG, 'debug'],
    [INFO, 'info'],
    [WARNING, 'warning'],
  ] as const);
  return {
    severity: names.get(request.getSeverity() as never) ?? 'error',
    urn: request.getUrn(),
    message: request.getMessage(),
    ephemeral: request.getEphemeral(),
  };
}
