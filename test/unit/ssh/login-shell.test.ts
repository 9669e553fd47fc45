import { execFileSync } from 'node:child_process';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { forAnyLoginShell } from '../../../provider/ssh/login-shell.ts';

const hostile = fc.string({
  unit: fc.constantFrom(...Array.from(`'"\\$\`!*?[]{}()<>|&;#~=%-^ \t\nab1é`)),
  minLength: 1,
  maxLength: 20,
});

describe.each(['sh', 'bash', 'dash'])('a command line for the login shell %s', (shell) => {
  test('gives every argument as it was', () => {
    fc.assert(
      fc.property(fc.array(hostile, { minLength: 1, maxLength: 6 }), (argv) => {
        const line = forAnyLoginShell(['printf', '%s\\0', ...argv]);
        const printed = execFileSync(shell, ['-c', line], { encoding: 'utf8' });
        expect(printed.split('\0').slice(0, -1)).toEqual(argv);
      }),
      { numRuns: 15 },
    );
  });

  test('keeps standard input and the exit code', () => {
    const line = forAnyLoginShell(['/bin/sh', '-c', 'cat; exit 7']);
    const failure = thrownBy(() => execFileSync(shell, ['-c', line], { input: 'given', stdio: 'pipe' }));
    expect(failure).toMatchObject({ status: 7, stdout: Buffer.from('given') });
  });
});

test('a program that is missing is told by its name', () => {
  const failure = thrownBy(() =>
    execFileSync('sh', ['-c', forAnyLoginShell(['no-such-program', "a'b"])], { stdio: 'pipe' }),
  );
  expect(failure).toMatchObject({ status: 127 });
  expect(String((failure as { stderr: Buffer }).stderr)).toMatch(/^sh: .*no-such-program: not found\n$/);
});

test('plain words stay readable', () => {
  expect(forAnyLoginShell(['readlink', '-f', '/run/current-system'])).toBe('readlink -f /run/current-system');
});

// Of what stands in '…', fish changes \' and \\, tcsh ! and line ends; elvish, nushell and zsh change nothing.
test('what is not plain holds only characters that fish, tcsh and nushell leave alone', () => {
  fc.assert(
    fc.property(fc.array(hostile, { minLength: 1, maxLength: 6 }), (argv) => {
      expect(forAnyLoginShell(['printf', ...argv, "'"])).toMatch(
        /^\/bin\/sh -c 'IFS="\\=";set -f;set -- \$1;eval "exec \$\(printf "\$\*"\)"' sh '[\x20-\x7e]*'$/,
      );
      const [, , , word = ''] = forAnyLoginShell(['printf', ...argv, "'"]).split("'");
      expect(word).not.toMatch(/['\\!%]|=(?![0-3][0-7]{2})/);
    }),
  );
});

function thrownBy(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  return undefined;
}
