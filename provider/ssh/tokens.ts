import { createHash } from 'node:crypto';
import { homedir, hostname as localHostname, userInfo } from 'node:os';
import { ProvisioningError } from '../errors.ts';

/** What `%` and a letter stand for in a user's ssh configuration (ssh_config(5), TOKENS). */
export type Tokens = Readonly<Record<string, string>>;

/** What the tokens are about. */
export interface TokenSubject {
  /** The host as the person wrote it. */
  readonly name: string;
  /** The host after `HostName`. */
  readonly hostname: string;
  readonly port: number;
  readonly user: string;
  /** `HostKeyAlias`, where there is one. */
  readonly hostKeyAlias?: string | undefined;
}

/** Every token that OpenSSH 9.2 knows for a connection; each keyword accepts some of them. */
export function connectionTokens({ name, hostname, port, user, hostKeyAlias }: TokenSubject): Tokens {
  const local = localHostname();
  const hash = createHash('sha1')
    .update(`${local}${hostname}${String(port)}${user}`)
    .digest('hex');
  return {
    '%': '%',
    C: hash,
    d: homedir(),
    h: hostname,
    i: String(userInfo().uid),
    k: hostKeyAlias ?? name,
    L: local.split('.')[0] ?? local,
    l: local,
    n: name,
    p: String(port),
    r: user,
    u: userInfo().username,
  };
}

/** @throws ProvisioningError for a token that is not known. */
export function expandTokens(keyword: string, text: string, tokens: Tokens): string {
  return text.replaceAll(/%(.?)/gs, (whole, letter: string) => {
    const value = tokens[letter];
    if (value !== undefined) return value;
    throw new ProvisioningError({
      what: `${keyword} of your ssh configuration holds ${JSON.stringify(whole)}, which is no token: ${text}`,
      remedy: 'See "TOKENS" in ssh_config(5); a plain % is written %%.',
    });
  });
}

/** `${NAME}` as the variable of that name. */
export function expandEnvironment(keyword: string, text: string): string {
  return text.replaceAll(/\$\{([^}]*)\}/g, (_whole, name: string) => {
    const value = process.env[name];
    if (value !== undefined) return value;
    throw new ProvisioningError({
      what: `${keyword} of your ssh configuration names the variable ${name}, which is not set: ${text}`,
      remedy: `Set ${name} where \`pulumi\` runs, or take it out of your ssh configuration.`,
    });
  });
}
