import * as pulumi from '@pulumi/pulumi';

/**
 * The stack's config. Every key of Pulumi.yaml that may be left out has a default there, because the engine refuses a stack
 * that lacks a key without one. In the defaults an empty text, an empty list and 0 stand for "not given"; here they are undefined.
 */
export class StackConfig {
  readonly #config = new pulumi.Config();

  text(key: string): string | undefined {
    const text = this.#config.get(key);
    return text === '' ? undefined : text;
  }

  /** @throws when the key is missing or empty. */
  required(key: string): string {
    const text = this.#config.require(key);
    if (text === '') throw new pulumi.RunError(`The config ${key} is empty: pulumi config set ${key} VALUE`);
    return text;
  }

  number(key: string): number | undefined {
    const number = this.#config.getNumber(key);
    return number === 0 ? undefined : number;
  }

  flag(key: string): boolean {
    return this.#config.getBoolean(key) ?? false;
  }

  list(key: string): string[] | undefined {
    const list = this.#config.getObject<string[]>(key) ?? [];
    return list.length === 0 ? undefined : list;
  }

  /** @throws when it is given, but is none of the words. */
  oneOf<const Words extends readonly string[]>(key: string, words: Words): Words[number] | undefined {
    const text = this.text(key);
    const word = words.find((each) => each === text);
    if (text === undefined || word !== undefined) return word;
    throw unfit(key, text, words);
  }

  secret(key: string): pulumi.Output<string> | undefined {
    return this.text(key) === undefined ? undefined : this.#config.requireSecret(key);
  }

  /** @throws when the key is missing or empty. */
  requiredSecret(key: string): pulumi.Output<string> {
    this.required(key);
    return this.#config.requireSecret(key);
  }

  /** A list that is secret as a whole. */
  secretList<T>(key: string): pulumi.Output<T[]> | undefined {
    return this.list(key) === undefined ? undefined : this.#config.requireSecretObject<T[]>(key);
  }
}

/** What a person is told of a config whose words are all known. */
export function unfit(key: string, text: string, words: readonly string[]): pulumi.RunError {
  return new pulumi.RunError(
    `The config ${key} is ${JSON.stringify(text)}; it can be ${words.join(', ')}: pulumi config set ${key} ${words[0] ?? ''}`,
  );
}
