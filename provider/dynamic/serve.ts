import type { dynamic } from '@pulumi/pulumi';
import { z } from 'zod';
import type { Context } from '../context.ts';
import { messageOf, PartialFailure, ProvisioningError } from '../errors.ts';
import type { Difference, Failure, Handler } from '../handlers/handler.ts';
import { handlers, loadAhead } from '../handlers/index.ts';
import { EngineLog } from './engine-log.ts';
import { whenEngineIsGone } from './engine-watch.ts';
import { OngoingWork } from './ongoing-work.ts';
import { plain } from './plain.ts';
import { isPlaceholder, knownPart, splitUnknown } from './unknown.ts';

type Properties = Record<string, unknown>;

/** The hidden input that tells a handler's log lines which resource they belong to. */
const urnKey = '__urn';
const providerKey = '__provider';

const engineLog = new EngineLog(process.argv.at(-1));
const work = new OngoingWork();
// While the engine and the program are busy, not when a handler waits for it.
setImmediate(() => void loadAhead());
whenEngineIsGone(process.argv.at(-1), () => {
  void work.stop();
});

/**
 * A handler in the shape that Pulumi's dynamic provider process calls.
 *
 * @throws Error for a type that this version does not have.
 */
export function serve(type: string): dynamic.ResourceProvider {
  const handler = handlers[type];
  if (handler === undefined) throw new Error(`this version of pulumi-nixos-pi has no resource ${type}`);
  return {
    check: (olds: Properties, news: Properties) => guard(() => check(handler, olds, news)),
    diff: (_id: string, olds: Properties, news: Properties) => guard(() => diff(handler, olds, news)),
    create: (inputs: Properties) => guard(() => create(handler, inputs), inputs),
    read: (id: string, outputs: Properties = {}) => guard(() => read(handler, id, outputs)),
    update: (id: string, olds: Properties, news: Properties) => guard(() => update(handler, id, olds, news), news, id),
    delete: (id: string, outputs: Properties) => guard(() => handler.delete(contextOf(outputs), id, own(outputs))),
  };
}

async function check(handler: Handler<object, object>, olds: Properties, news: Properties) {
  const context = contextOf(news);
  const given = givenOf(own(news));
  const broken = brokenRules(handler, given);
  if (broken.length > 0) return { inputs: news, failures: broken };
  const { known, unknown } = splitUnknown(given);
  const fields = Object.entries(handler.schema.shape).filter(([key]) => !(key in unknown));
  const parsed = z.strictObject(Object.fromEntries(fields)).parse(known);
  const previous = Object.keys(olds).length === 0 ? undefined : own(olds);
  // An address, for example, can be looked at before its host key is known.
  const wanted = { ...parsed, ...knownPart(unknown) };
  const failures = (await handler.validate?.(context, wanted, previous, Object.keys(unknown))) ?? [];
  const observed = failures.length > 0 ? {} : await handler.observe?.(wanted, previous);
  return { inputs: { ...plain({ ...parsed, ...observed }), ...unknown, [urnKey]: news[urnKey] }, failures };
}

/** The rules of the schema that are broken already, whatever becomes of what a preview does not know yet. */
function brokenRules(handler: Handler<object, object>, inputs: Properties): Failure[] {
  const issues = handler.schema.safeParse(inputs).error?.issues ?? [];
  return issues
    .filter(({ path }) => !isPlaceholder(valueAt(inputs, path)))
    .map(({ path, message }) => ({ property: path.join('.'), reason: message }));
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce((inner, key) => (inner as Record<PropertyKey, unknown> | undefined)?.[key], value);
}

async function diff(handler: Handler<object, object>, olds: Properties, news: Properties): Promise<Difference> {
  const { known, unknown } = splitUnknown(own(news));
  return handler.diff(own(olds), known, Object.keys(unknown), contextOf(news));
}

async function create(handler: Handler<object, object>, inputs: Properties) {
  const { id, outputs } = await handler.create(contextOf(inputs), own(inputs));
  return { id, outs: { ...plain(outputs), [urnKey]: inputs[urnKey] } };
}

async function read(handler: Handler<object, object>, id: string, outputs: Properties) {
  const found = await handler.read(contextOf(outputs), id, own(outputs));
  if (found === undefined) return { id: '' };
  const props = { ...plain(found), [urnKey]: outputs[urnKey] };
  return { id, props, inputs: inputsIn(handler, props) };
}

async function update(handler: Handler<object, object>, id: string, olds: Properties, news: Properties) {
  const outputs = await handler.update(contextOf(news), id, own(olds), own(news));
  return { outs: { ...plain(outputs), [urnKey]: news[urnKey] } };
}

/** The part of the outputs that a person gave: with it a refresh shows in detail what drifted. */
function inputsIn(handler: Handler<object, object>, props: Properties): Properties {
  const keys = new Set([...Object.keys(handler.schema.shape), urnKey]);
  return Object.fromEntries(Object.entries(props).filter(([key]) => keys.has(key)));
}

function own(properties: Properties): Properties {
  return Object.fromEntries(Object.entries(properties).filter(([key]) => key !== providerKey && key !== urnKey));
}

/** What a program gives as a secret, and is undefined, arrives as null. */
function givenOf(properties: Properties): Properties {
  return Object.fromEntries(Object.entries(properties).filter(([, value]) => value !== null));
}

function contextOf(properties: Properties): Context {
  const urn = typeof properties[urnKey] === 'string' ? properties[urnKey] : undefined;
  return {
    urn,
    signal: work.signal,
    progress: (message) => {
      engineLog.progress(urn, message);
    },
    log: {
      info: (message) => {
        engineLog.log(urn, 'info', message);
      },
      warn: (message) => {
        engineLog.log(urn, 'warning', message);
      },
    },
  };
}

/** Gives errors the shapes that the engine understands, and tells a person's mistakes from ours. */
async function guard<T>(call: () => Promise<T>, inputs: Properties = {}, id?: string): Promise<T> {
  try {
    return await work.run(call);
  } catch (error) {
    throw engineError(error, inputs, id);
  }
}

function engineError(error: unknown, inputs: Properties, id: string | undefined): Error {
  if (error instanceof PartialFailure) {
    const properties = { ...plain(error.outputs), [urnKey]: inputs[urnKey], [providerKey]: inputs[providerKey] };
    return Object.assign(short(error.message), { id: id ?? error.id, properties, reasons: [error.message] });
  }
  if (error instanceof ProvisioningError) return short(error.message);
  const stack = error instanceof Error ? error.stack : undefined;
  return short(`This is a defect in pulumi-nixos-pi, please report it: ${stack ?? messageOf(error)}`);
}

/** An error without a stack: the process prints the stack of whatever is thrown, and here it helps nobody. */
function short(message: string): Error {
  const error = new Error(message);
  error.stack = '';
  return error;
}
