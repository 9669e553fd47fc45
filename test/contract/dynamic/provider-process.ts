import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import grpc from '@grpc/grpc-js';
import { ResourceProviderClient } from '@pulumi/pulumi/proto/provider_grpc_pb.js';
import messages from '@pulumi/pulumi/proto/provider_pb.js';
import statuses from '@pulumi/pulumi/proto/status_pb.js';
import structs from 'google-protobuf/google/protobuf/struct_pb.js';
import { EngineStandIn } from './engine-stand-in.ts';

export type Properties = Record<string, unknown>;

/** What the engine gets when a create or update failed part of the way. */
export interface InitFailure {
  readonly id: string;
  readonly properties: Properties;
  readonly reasons: readonly string[];
}

/** An error as the engine gets it. */
export class ProviderError extends Error {
  readonly initFailure: InitFailure | undefined;

  constructor(message: string, initFailure: InitFailure | undefined) {
    super(message);
    this.initFailure = initFailure;
  }
}

const project = fileURLToPath(new URL('../../..', import.meta.url));
const program = 'node_modules/@pulumi/pulumi/cmd/dynamic-provider/index.js';

/** Pulumi's own provider process with this project's provider in it, spoken to as the engine speaks to it. */
export class ProviderProcess {
  readonly engine: EngineStandIn;
  /** Everything that it printed to standard output. */
  stdout = '';
  stderr = '';
  readonly #process: ChildProcess;
  #client: ResourceProviderClient | undefined;

  private constructor(engine: EngineStandIn, process: ChildProcess) {
    this.engine = engine;
    this.#process = process;
  }

  /** @param env added to the environment of the process. */
  static async start(env: Record<string, string> = {}): Promise<ProviderProcess> {
    const engine = new EngineStandIn();
    await engine.start();
    const child = spawn(process.execPath, [program, engine.address], {
      cwd: project,
      env: { ...process.env, NODE_OPTIONS: '', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const started = new ProviderProcess(engine, child);
    child.stderr.on('data', (chunk) => (started.stderr += String(chunk)));
    child.stdout.on('data', (chunk) => (started.stdout += String(chunk)));
    await once(child.stdout, 'data');
    const address = `127.0.0.1:${started.stdout.trim()}`;
    started.#client = new ResourceProviderClient(address, grpc.credentials.createInsecure());
    return started;
  }

  /** Its exit code, when it ended by itself. */
  async ending(): Promise<number | null> {
    if (this.#process.exitCode === null) await once(this.#process, 'exit');
    return this.#process.exitCode;
  }

  async stop(): Promise<void> {
    this.#client?.close();
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      this.#process.kill('SIGKILL');
      await once(this.#process, 'exit');
    }
    this.engine.stop();
  }

  async check(olds: Properties, news: Properties) {
    const request = new messages.CheckRequest();
    request.setOlds(struct(olds));
    request.setNews(struct(news));
    const response = await this.#call<InstanceType<typeof messages.CheckResponse>>('check', request);
    const failures = response
      .getFailuresList()
      .map((failure) => ({ property: failure.getProperty(), reason: failure.getReason() }));
    return { inputs: properties(response.getInputs()), failures };
  }

  async diff(id: string, olds: Properties, news: Properties) {
    const request = new messages.DiffRequest();
    request.setId(id);
    request.setOlds(struct(olds));
    request.setNews(struct(news));
    const response = await this.#call<InstanceType<typeof messages.DiffResponse>>('diff', request);
    const { DIFF_NONE, DIFF_SOME } = messages.DiffResponse.DiffChanges;
    const answers = new Map<number, boolean>([
      [DIFF_NONE, false],
      [DIFF_SOME, true],
    ]);
    return { changes: answers.get(response.getChanges()), replaces: response.getReplacesList() };
  }

  async create(inputs: Properties) {
    const request = new messages.CreateRequest();
    request.setProperties(struct(inputs));
    const response = await this.#call<InstanceType<typeof messages.CreateResponse>>('create', request);
    return { id: response.getId(), properties: properties(response.getProperties()) };
  }

  async read(id: string, state: Properties) {
    const request = new messages.ReadRequest();
    request.setId(id);
    request.setProperties(struct(state));
    const response = await this.#call<InstanceType<typeof messages.ReadResponse>>('read', request);
    return {
      id: response.getId(),
      properties: properties(response.getProperties()),
      inputs: properties(response.getInputs()),
    };
  }

  async update(id: string, olds: Properties, news: Properties) {
    const request = new messages.UpdateRequest();
    request.setId(id);
    request.setOlds(struct(olds));
    request.setNews(struct(news));
    const response = await this.#call<InstanceType<typeof messages.UpdateResponse>>('update', request);
    return properties(response.getProperties());
  }

  async delete(id: string, state: Properties): Promise<void> {
    const request = new messages.DeleteRequest();
    request.setId(id);
    request.setProperties(struct(state));
    await this.#call('delete', request);
  }

  #call<Response>(method: string, request: unknown): Promise<Response> {
    const client = this.#client as unknown as Record<string, (request: unknown, done: unknown) => void>;
    return new Promise((resolve, reject) => {
      client[method]?.(request, (error: grpc.ServiceError | null, response: Response) => {
        if (error === null) resolve(response);
        else reject(new ProviderError(error.details, initFailure(error)));
      });
    });
  }
}

// What the Go engine reads from an error's details (sdk/go/common/util/rpcutil, ErrorResourceInitFailed).
function initFailure(error: grpc.ServiceError): InitFailure | undefined {
  const [encoded] = error.metadata.get('grpc-status-details-bin');
  if (!(encoded instanceof Buffer)) return undefined;
  const [detail] = statuses.Status.deserializeBinary(encoded).getDetailsList();
  if (detail?.getTypeName() !== 'pulumirpc.ErrorResourceInitFailed') return undefined;
  const failure = messages.ErrorResourceInitFailed.deserializeBinary(detail.getValue_asU8());
  return { id: failure.getId(), properties: properties(failure.getProperties()), reasons: failure.getReasonsList() };
}

function struct(value: Properties): structs.Struct {
  return structs.Struct.fromJavaScript(value as Record<string, structs.JavaScriptValue>);
}

function properties(value: structs.Struct | undefined): Properties {
  return value === undefined ? {} : value.toJavaScript();
}
