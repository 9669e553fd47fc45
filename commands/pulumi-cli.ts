import { execa } from 'execa';
import { z } from 'zod';
import { ProvisioningError } from '../provider/errors.ts';

const stacks = z.array(z.object({ name: z.string() }));

/** Names of the stacks of this project that the backend knows. */
export async function stackNames(): Promise<string[]> {
  const { stdout } = await pulumi(['stack', 'ls', '--json'], 'pipe');
  return stacks.parse(JSON.parse(stdout)).map(({ name }) => name);
}

/** Makes a stack, and leaves selected what is selected. May ask for a passphrase. */
export async function makeStack(name: string): Promise<void> {
  await pulumi(['stack', 'init', name, '--no-select'], 'inherit');
}

/** Sets config of a stack; a list as its elements. */
export async function setConfig(
  stack: string,
  values: Readonly<Record<string, string | readonly string[]>>,
): Promise<void> {
  const words = Object.entries(values).flatMap(([key, value]) =>
    typeof value === 'string'
      ? ['--plaintext', `${key}=${value}`]
      : value.flatMap((element, index) => ['--plaintext', `${key}[${String(index)}]=${element}`]),
  );
  if (words.length > 0) await pulumi(['config', 'set-all', '--path', '--stack', stack, ...words], 'inherit');
}

/** `inherit`: it talks to the person at the terminal itself. */
async function pulumi(args: readonly string[], talks: 'inherit' | 'pipe'): Promise<{ stdout: string }> {
  const result = await execa('pulumi', args, { reject: false, stdin: talks, stdout: talks, stderr: talks });
  if (!result.failed) return { stdout: result.stdout ?? '' };
  throw new ProvisioningError({
    what: `\`pulumi ${args.slice(0, 2).join(' ')}\` did not succeed.`,
    original: result.stderr === undefined || result.stderr === '' ? (result.originalMessage ?? '') : result.stderr,
    remedy: 'Is the CLI installed, and `pulumi login` done? https://www.pulumi.com/docs/install/',
  });
}
