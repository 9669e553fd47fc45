import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { promisify } from 'node:util';
import { credentials } from '@grpc/grpc-js';
import grpcServices from '@pulumi/pulumi/proto/provider_grpc_pb.js';
import messages from '@pulumi/pulumi/proto/provider_pb.js';
import structs from 'google-protobuf/google/protobuf/struct_pb.js';

type Properties = Record<string, unknown>;
type Method = 'check' | 'diff' | 'create' | 'update' | 'delete';
type Message = Record<string, (...args: never[]) => unknown>;

const someChanges: number = messages.DiffResponse.DiffChanges.DIFF_SOME;
const main = path.join(import.meta.dirname, '../../../lab/command-plugin-stand-in/main.ts');

/** The stand-in as the engine sees it: a process that prints its port and then speaks the provider protocol. */
export class Plugin {
  readonly #child: ChildProcess;
  readonly #client: Message;
  /** What it has said on standard error. */
  stderr = '';

  private constructor(child: ChildProcess, port: string) {
    this.#child = child;
    this.#client = new grpcServices.ResourceProviderClient(`127.0.0.1:${port}`, credentials.createInsecure()) as never;
  }

  static async start(): Promise<Plugin> {
    const child = spawn(process.execPath, ['--disable-warning=DEP0180', main], { stdio: ['ignore', 'pipe', 'pipe'] });
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    const [port] = (await once(child.stdout.setEncoding('utf8'), 'data')) as [string];
    const plugin = new Plugin(child, port.trim());
    plugin.stderr = stderr;
    return plugin;
  }

  async stop(): Promise<void> {
    (this.#client['close'] as () => void)();
    this.#child.kill();
    await once(this.#child, 'close');
  }

  async check(type: string, news: Properties) {
    const reply = await this.#call('check', new messages.CheckRequest(), type, { setOlds: {}, setNews: news });
    return {
      inputs: reply.getInputs().toJavaScript() as Properties,
      failures: (reply.getFailuresList() as { toObject(): { property: string; reason: string } }[]).map((failure) =>
        failure.toObject(),
      ),
    };
  }

  async diff(type: string, olds: Properties, news: Properties) {
    const reply = await this.#call('diff', new messages.DiffRequest(), type, { setOlds: olds, setNews: news });
    return {
      changes: reply.getChanges() === someChanges,
      replaces: reply.getReplacesList() as string[],
    };
  }

  async create(type: string, inputs: Properties) {
    const reply = await this.#call('create', new messages.CreateRequest(), type, { setProperties: inputs });
    return { id: reply.getId() as string, outputs: reply.getProperties().toJavaScript() as Properties };
  }

  async update(type: string, olds: Properties, news: Properties): Promise<Properties> {
    const reply = await this.#call('update', new messages.UpdateRequest(), type, { setOlds: olds, setNews: news });
    return reply.getProperties().toJavaScript() as Properties;
  }

  async delete(type: string, state: Properties): Promise<void> {
    await this.#call('delete', new messages.DeleteRequest(), type, { setProperties: state });
  }

  async #call(method: Method, request: object, type: string, properties: Record<string, Properties>) {
    const message = request as Record<string, (value: unknown) => void>;
    message['setUrn']?.(`urn:pulumi:lab::nixos-pi::${type}::check`);
    for (const [setter, value] of Object.entries(properties))
      message[setter]?.(structs.Struct.fromJavaScript(value as never));
    const call = this.#client[method] as unknown as (
      request: object,
      callback: (error: Error | null, reply: Reply) => void,
    ) => void;
    return await promisify(call.bind(this.#client))(request);
  }
}

/** Any of the protocol's replies. */
interface Reply {
  getInputs(): { toJavaScript(): unknown };
  getProperties(): { toJavaScript(): unknown };
  getFailuresList(): unknown;
  getChanges(): number;
  getReplacesList(): unknown;
  getId(): unknown;
}
