import { expect, test } from '@jest/globals';
import { isStorePath } from '../../provider/values/store-path.ts';

const hash = 'md1mnxv6sp1913rpvx80mmz99fr6d6ij';

test.each([`/nix/store/${hash}-nixos-system-kitchen-26.05`, `/nix/store/${hash}-a+b_c?d=e.img.zst`])(
  '%s is a store path',
  (path) => {
    expect(isStorePath(path)).toBe(true);
  },
);

test.each([
  '',
  '/nix/store',
  `/nix/store/${hash}`,
  `/nix/store/${hash}-`,
  `/nix/store/${hash}-a/b`,
  `/nix/store/${hash}-a b`,
  `/nix/store/${hash}-a\n`,
  `/nix/store/${hash}-a;reboot`,
  `/nix/store/${hash}-$(reboot)`,
  `/nix/store/${hash.replace('m', 'e')}-a`,
  `/nix/store/${hash.slice(1)}-a`,
  `/gnu/store/${hash}-a`,
  `x/nix/store/${hash}-a`,
])('%j is none', (text) => {
  expect(isStorePath(text)).toBe(false);
});
