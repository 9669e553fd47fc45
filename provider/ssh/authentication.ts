import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect as connectSocket } from 'node:net';
import ssh2, { type AgentAuthMethod, type ParsedKey, type PublicKeyAuthMethod, type PublicKeyEntry } from 'ssh2';
import type { SshTarget } from './target.ts';

/**
 * How to log in, in ssh's order: with the agent, those of its keys first that identity files name (and no others where the
 * configuration says IdentitiesOnly), then with the identity files themselves.
 */
export async function authentications(target: SshTarget): Promise<(AgentAuthMethod | PublicKeyAuthMethod)[]> {
  const username = target.user;
  const files = await Promise.all(target.identityFiles.map((file) => readFile(file).catch(() => undefined)));
  const keys = files.filter((key) => key !== undefined).map((key) => ({ type: 'publickey' as const, username, key }));
  const { agentSocket } = target;
  // An agent that is gone would end the attempt; ssh goes on to the keys.
  if (agentSocket === undefined || !(await isListening(agentSocket))) return keys;
  const publicKeys = await Promise.all(target.identityFiles.map(publicKeyOf));
  const named = new Set(publicKeys.filter((key) => key !== undefined));
  const agent = selectiveAgent(agentSocket, named, target.identitiesOnly ?? false);
  return [{ type: 'agent', username, agent }, ...keys];
}

/** An agent that offers the named keys first: a server hangs up after some that it does not know. */
function selectiveAgent(socket: string, named: ReadonlySet<string>, namedOnly: boolean): ssh2.BaseAgent {
  const agent = ssh2.createAgent(socket);
  const askForAll = agent.getIdentities.bind(agent);
  const isNamed = (key: AgentKey) =>
    typeof key === 'object' && 'getPublicSSH' in key && named.has(key.getPublicSSH().toString('base64'));
  agent.getIdentities = (done) => {
    askForAll((error, keys = []) => {
      const others = namedOnly ? [] : keys.filter((key) => !isNamed(key));
      if (error) done(error);
      else done(undefined, [...keys.filter(isNamed), ...others]);
    });
  };
  return agent;
}

type AgentKey = string | Buffer | ParsedKey | PublicKeyEntry;

/** The public key of an identity file as base64: from the file beside it, or from itself, which may be a public key only. */
async function publicKeyOf(file: string): Promise<string | undefined> {
  for (const path of [`${file}.pub`, file]) {
    const text = await readFile(path).catch(() => undefined);
    const key = text && ssh2.utils.parseKey(text);
    if (key && !(key instanceof Error)) return key.getPublicSSH().toString('base64');
  }
  return undefined;
}

async function isListening(socketPath: string): Promise<boolean> {
  const socket = connectSocket(socketPath);
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
