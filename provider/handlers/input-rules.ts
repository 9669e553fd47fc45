import { open } from 'node:fs/promises';
import { z } from 'zod';
import { expandHome, type SshTargetInputs } from '../ssh/target.ts';
import type { Failure } from './handler.ts';

/** A configuration for another machine than the Pi: the article's "check that the name says aarch64". */
export function systemFailures(inputs: {
  evaluatedSystem?: string | undefined;
  system?: string | undefined;
  flake?: string | undefined;
}): Failure[] {
  const { evaluatedSystem, system, flake } = inputs;
  if (evaluatedSystem === undefined || system === undefined || evaluatedSystem === system) return [];
  return [
    {
      property: flake === undefined ? 'configuration' : 'flake',
      reason:
        `is for ${evaluatedSystem}, but ${system} is wanted. ` +
        `Set \`nixpkgs.hostPlatform = "${system}";\` in it; without that it is for the machine that evaluates it.`,
    },
  ];
}

/** A key file that is named has to be there; the user's default keys need not. */
export async function identityFileFailures(connection: Partial<SshTargetInputs> | undefined): Promise<Failure[]> {
  const file = connection?.identityFile;
  if (file === undefined) return [];
  try {
    const key = await open(expandHome(file));
    try {
      if ((await key.stat()).isFile()) return [];
    } finally {
      await key.close();
    }
    return [{ property: 'connection.identityFile', reason: `${file} is no file with a private key` }];
  } catch {
    return [{ property: 'connection.identityFile', reason: `the key file ${file} does not exist or cannot be read` }];
  }
}

/** A password that nobody would read: of the elevation programs only sudo takes one on standard input. */
export function elevationFailures(inputs: {
  elevation?: string | undefined;
  sudoPassword?: string | undefined;
}): Failure[] {
  const { elevation = 'sudo', sudoPassword } = inputs;
  if (elevation === 'sudo' || sudoPassword === undefined) return [];
  return [
    {
      property: 'sudoPassword',
      reason:
        `is given, but ${elevation} reads a password from a terminal only. Take it out (\`pulumi config rm sudoPassword\`) ` +
        `and let ${elevation} ask for none there, or leave \`elevation\` at sudo (\`pulumi config rm elevation\`).`,
    },
  ];
}

/** A union's options have said why each of them does not fit. */
interface BrokenRule {
  readonly input?: unknown;
  readonly errors?: readonly (readonly { readonly path: readonly PropertyKey[]; readonly message: string }[])[];
}

/**
 * What a person is told of an input that breaks a rule of its schema: what it can be, and what it is. An object among other
 * things is told what is wrong in it; its rules are the last of a union's.
 *
 * @param what for example `\`auto\`, true or false`.
 * @param example the rest of a `pulumi config set` that would be right; default: none, the stack's config has no such key.
 */
export function expecting(what: string, example?: string): { error: (rule: BrokenRule) => string } {
  const mended = example === undefined ? '' : ` For example: \`pulumi config set ${example}\`.`;
  return {
    error: ({ input, errors = [] }) => {
      const inside = typeof input === 'object' && input !== null ? (errors.at(-1) ?? []) : [];
      const details = inside.map(({ path, message }) => [path.join('.'), message].filter(Boolean).join(': '));
      const given = [JSON.stringify(input), ...details].join('; ');
      return `can be ${what}, but is ${given}.${mended}`;
    },
  };
}

const week = 7 * 24 * 3600;

/** A time-out that the stack's config has under the same name. */
export function seconds(key: string, usual: number) {
  const rule = expecting(`a number of seconds above 0, up to ${String(week)} (a week)`, `${key} ${String(usual)}`);
  return z.number(rule).positive(rule).max(week, rule).default(usual);
}

/** One of some words, which the stack's config has under the same name. */
export function oneOf<const Words extends readonly [string, ...string[]]>(key: string, words: Words) {
  const [first] = words;
  return z.enum(words, expecting(words.map((word) => `\`${word}\``).join(', '), `${key} ${first}`));
}

/** Yes or no, which the stack's config has under the same name. */
export function flag(key: string) {
  return z.boolean(expecting('true or false', `${key} true`));
}
