import { compare } from './compare.ts';
import type { Tell, WriterEvent } from './events.ts';
import { flash, inspect } from './flash.ts';
import type { Input } from './input.ts';
import { type DeclaredDevice, parseRequest } from './request.ts';

/**
 * Does what one request asks for.
 *
 * @param text the request; nothing in it is trusted.
 * @param input what comes behind it.
 * @param requireAllowed throws for a device that whoever asks may not have written; default: all may.
 * @returns the last event.
 * @throws CardError when the request, the device or the writing is not as it has to be.
 */
export async function carryOut(
  text: string,
  input: Input,
  tell: Tell,
  requireAllowed: (device: DeclaredDevice) => void = () => undefined,
): Promise<WriterEvent> {
  const request = parseRequest(text);
  requireAllowed(request.device);
  if (request.action === 'inspect') return { event: 'found', ...(await inspect(request.device)) };
  if (request.action === 'compare') return { event: 'compared', differing: await compare(request, input, tell) };
  return { event: 'finished', ...(await flash(request, input, tell)) };
}
