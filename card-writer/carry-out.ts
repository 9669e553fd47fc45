import { compare } from './compare.ts';
import type { Tell, WriterEvent } from './events.ts';
import { flash, inspect } from './flash.ts';
import type { Input } from './input.ts';
import { parseRequest } from './request.ts';

/**
 * Does what one request asks for.
 *
 * @param text the request; nothing in it is trusted.
 * @param input what comes behind it.
 * @returns the last event.
 * @throws CardError when the request, the device or the writing is not as it has to be.
 */
export async function carryOut(text: string, input: Input, tell: Tell): Promise<WriterEvent> {
  const request = parseRequest(text);
  if (request.action === 'inspect') return { event: 'found', ...(await inspect(request.device)) };
  if (request.action === 'compare') return { event: 'compared', differing: await compare(request, input, tell) };
  return { event: 'finished', ...(await flash(request, input, tell)) };
}
