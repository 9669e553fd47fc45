import { describe, expect, test } from '@jest/globals';
import { errorText } from '../../../provider/nix/error-text.ts';
import { warningsIn } from '../../../provider/nix/evaluate.ts';

const trace = `warning: Git tree '/pis' is dirty
error:
       … while evaluating attribute 'drvPath'
         at «string»:1:95:
            1| (nixos: nixos.x)
             |         ^

       (stack trace truncated; use '--show-trace' to show the full, detailed trace)

`;

describe('what is wrong, without the trace', () => {
  test.each<[string, string, string]>([
    [
      'a syntax error with file and line',
      `${trace}       error: syntax error, unexpected ';'\n       at /pis/pi.nix:2:7:\n            1| {\n            2|   a = ;\n`,
      `error: syntax error, unexpected ';'\n       at /pis/pi.nix:2:7:\n            1| {\n            2|   a = ;`,
    ],
    [
      'an assertion, whose text begins in the next line',
      `${trace}       error:\n       Failed assertions:\n       - The ‘fileSystems’ option …\n`,
      'error:\n       Failed assertions:\n       - The ‘fileSystems’ option …',
    ],
    ['an error without a trace', 'error: getting status of x\n', 'error: getting status of x'],
    [
      'an error whose text quotes another',
      'error: it printed "fatal error: x" and ended\n',
      'error: it printed "fatal error: x" and ended',
    ],
    ['something else', 'Segmentation fault\n', 'Segmentation fault'],
    ['nothing', '', ''],
  ])('%s', (_name, stderr, text) => {
    expect(errorText(stderr)).toBe(text);
  });
});

describe('the warnings of an evaluation', () => {
  test('are told once each, whoever printed them', () => {
    const stderr = [
      'evaluation warning: `system.build.image` is defined, while `system.build.images` is used.',
      'trace: warning: old style',
      'trace: evaluation warning: older style',
      'warning: Nix search path entry /x does not exist, ignoring',
      'trace: warning: old style',
      'trace: something else',
      'building x',
    ].join('\n');
    expect(warningsIn(stderr)).toEqual([
      '`system.build.image` is defined, while `system.build.images` is used.',
      'old style',
      'older style',
      'Nix search path entry /x does not exist, ignoring',
    ]);
  });

  test('are none where it prints none', () => {
    expect(warningsIn('')).toEqual([]);
  });
});
