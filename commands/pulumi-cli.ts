import { execa } from 'execa';
import { z } from 'zod';
import { ProvisioningError } from '../provider/errors.ts';

const stacks = z.array(z.object({ name: z.string() }));

/** Names of the stacks of this project that the backend knows. */
export async function stackNames(): Promise<string[]> {
  const { stdout } = await pulumi(['stack', 'ls', '--json'], 'pipe');
  return stacks.parse(JSON.parse(stdout)).map(({ name }) => name);
}

/**
 * The recorded state of a stack, as JSON. Secrets stay encrypted, so that it takes no passphrase and little time.
 *
 * @param secrets `shown`: decrypted. Default: `encrypted`.
 */
export async function exportedState(stack: string, secrets: 'encrypted' | 'shown' = 'encrypted'): Promise<string> {
  const shown = secrets === 'shown' ? ['--show-secrets'] : [];
  return (await pulumi(['stack', 'export', '--stack', stack, ...shown], 'pipe')).stdout;
}

/**
 * What `pulumi stack history` knows of a stack's last updates, the newest first; secrets of its config are left out.
 *
 * @param most how many updates.
 */
export async function stackHistory(stack: string, most: number): Promise<unknown> {
  const { stdout } = await pulumi(
    ['stack', 'history', '--json', '--stack', stack, '--page-size', String(most)],
    'pipe',
  );
  return JSON.parse(stdout);
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

/**
 * `inherit`: it talks to the person at the terminal itself. `pipe`: it asks nothing, and is quick: for a CLI that ends in a moment Go
 * collects garbage more seldom (pkg.go.dev/runtime), which is a fifth of its work.
 */
async function pulumi(args: readonly string[], talks: 'inherit' | 'pipe'): Promise<{ stdout: string }> {
  const quick =
    talks === 'pipe' ? { env: { PULUMI_SKIP_UPDATE_CHECK: 'true', GOGC: process.env['GOGC'] ?? '400' } } : {};
  const words = talks === 'pipe' ? [...args, '--non-interactive'] : args;
  const result = await execa('pulumi', words, { reject: false, stdin: talks, stdout: talks, stderr: talks, ...quick });
  if (!result.failed) return { stdout: result.stdout ?? '' };
  throw new ProvisioningError({
    what: `\`pulumi ${args.slice(0, 4).join(' ')}\` did not succeed.`,
    original: result.stderr === undefined || result.stderr === '' ? (result.originalMessage ?? '') : result.stderr,
    remedy: 'Is the CLI installed, and `pulumi login` done? https://www.pulumi.com/docs/install/',
  });
}
