import { randomBytes } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { provider } from '@pulumi/pulumi';
import { EngineLog } from '../../provider/dynamic/engine-log.ts';
import { localInputs, type Inputs } from './inputs.ts';
import { CommandOutput } from './output.ts';
import { runLocal } from './run-local.ts';
import { reveal } from './secrets.ts';

type Properties = Record<string, unknown>;

const unknownValue = '04da6b54-80e4-46f7-96ec-b56ff0331ba9';

/** Serves command:local:Command. See README.md for what it follows and what it leaves out. */
export class StandIn implements provider.Provider {
  readonly version: string;
  readonly schema: string;
  readonly #log = new EngineLog(process.argv[2]);
  readonly #cancelled = new AbortController();

  constructor(version: string) {
    this.version = `${version}+stand-in`;
    this.schema = JSON.stringify({ name: 'command', version, description: 'a stand-in of the lab' });
  }

  async check(urn: string, _olds: Properties, news: Properties): Promise<provider.CheckResult> {
    if (isRemote(urn)) return Promise.resolve({ inputs: news, failures: [{ property: 'connection', reason: notRun }] });
    const parsed = localInputs.safeParse(withoutUnknown(reveal(news)));
    const problems = parsed.success ? [] : parsed.error.issues.filter((issue) => !isUnknown(news, issue.path));
    const failures = problems.map((issue) => ({ property: issue.path.join('.'), reason: issue.message }));
    return Promise.resolve({ inputs: { addPreviousOutputInEnv: true, ...news }, failures });
  }

  async diff(_id: string, _urn: string, olds: Properties, news: Properties): Promise<provider.DiffResult> {
    const names = Object.keys(localInputs.shape);
    const changed = names.filter((name) => !isDeepStrictEqual(reveal(olds[name]), reveal(news[name])));
    return Promise.resolve({ changes: changed.length > 0, replaces: changed.filter((name) => name === 'triggers') });
  }

  async create(urn: string, inputs: Properties): Promise<provider.CreateResult> {
    const command = parse(inputs).create;
    const outputs = command === undefined ? noOutput : await this.#run(urn, command, inputs, noOutput);
    const name = urn.split('::').at(-1) ?? '';
    return { id: name + randomBytes(4).toString('hex'), outs: { ...inputs, ...outputs } };
  }

  async update(_id: string, urn: string, olds: Properties, news: Properties): Promise<provider.UpdateResult> {
    const inputs = parse(news);
    const command = inputs.update ?? inputs.create;
    const previous = outputsOf(olds);
    const outputs = command === undefined ? previous : await this.#run(urn, command, news, previous);
    return { outs: { ...news, ...outputs } };
  }

  async delete(_id: string, urn: string, state: Properties): Promise<void> {
    const command = parse(state).delete;
    if (command !== undefined && isRemote(urn)) throw new Error(notRun);
    if (command !== undefined) await this.#run(urn, command, state, outputsOf(state));
  }

  async cancel(): Promise<void> {
    this.#cancelled.abort(new Error('cancelled'));
    return Promise.resolve();
  }

  async #run(urn: string, command: string, properties: Properties, previous: Outputs): Promise<Outputs> {
    const onStatus = (line: string): void => {
      this.#log.progress(urn, line);
    };
    const inputs = parse(properties);
    const output = new CommandOutput(inputs.logging, onStatus);
    await runLocal(inputs, { command, previous, output, signal: this.#cancelled.signal });
    return output.properties();
  }
}

interface Outputs {
  readonly stdout: string;
  readonly stderr: string;
}

const noOutput: Outputs = { stdout: '', stderr: '' };

function outputsOf(state: Properties): Outputs {
  const { stdout, stderr } = reveal(state) as Partial<Outputs>;
  return { stdout: stdout ?? '', stderr: stderr ?? '' };
}

const notRun = 'the lab stands in for the plugin of @pulumi/command, and its stand-in runs no remote.Command';

/** The checks of older versions were remote.Commands: a state may hold some, which are deleted. */
function isRemote(urn: string): boolean {
  const type = urn.split('::')[2]?.split('$').at(-1);
  if (type !== 'command:remote:Command' && type !== 'command:local:Command')
    throw new Error(`the lab's stand-in for the plugin of @pulumi/command has no ${String(type)}`);
  return type === 'command:remote:Command';
}

function parse(properties: Properties): Inputs {
  return localInputs.parse(reveal(properties));
}

/** Values that are not known yet are left out: they are checked when they are known. */
function withoutUnknown(value: unknown): unknown {
  if (value === unknownValue) return undefined;
  if (Array.isArray(value)) return value.map(withoutUnknown);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withoutUnknown(inner)]));
}

function isUnknown(news: Properties, path: readonly PropertyKey[]): boolean {
  let value: unknown = reveal(news);
  for (const key of path) {
    if (typeof value !== 'object' || value === null) break;
    value = (value as Record<PropertyKey, unknown>)[key];
  }
  return value === unknownValue;
}
