import { describe, expect, test } from '@jest/globals';
import { type ImageFacts, imageFacts, imageTraps } from '../../../provider/nix/image-facts.ts';

const unknown: ImageFacts = {
  sshServer: null,
  login: null,
  hardwareConfiguration: null,
  kernel: null,
  deviceTrees: null,
  firmware: null,
};
const fine: ImageFacts = { ...unknown, sshServer: true, login: true, kernel: 'linux', firmware: 'generic' };

describe('a trap of an image', () => {
  test.each<[string, Partial<ImageFacts>, RegExp[]]>([
    ['none', {}, []],
    ['no SSH server', { sshServer: false }, [/^The image sd-card\.nix does not start an SSH server/]],
    ['no SSH server, so that nobody can log in', { sshServer: false, login: false }, [/SSH server/]],
    ['nobody who can log in', { login: false }, [/has no root and no user in the group wheel/]],
    ['the disks of a Pi', { hardwareConfiguration: '/x/hardware-configuration.nix' }, [/imports \/x\/hardware/]],
    ['a vendor kernel', { kernel: 'linux-rpi4' }, [/vendor kernel \(linux-rpi4,/]],
    ['a Pi 5', { deviceTrees: 'bcm2712*-rpi-*.dtb' }, [/Raspberry Pi 5/]],
    ['a Pi 5 with firmware of its own', { deviceTrees: 'bcm2712*-rpi-*.dtb', firmware: 'other' }, []],
    ['a Pi 4', { deviceTrees: 'bcm2711-rpi-*.dtb' }, []],
    ['firmware without U-Boot', { firmware: 'withoutBootLoader' }, [/without U-Boot/]],
    [
      'firmware without U-Boot of a Pi 5',
      { firmware: 'withoutBootLoader', deviceTrees: 'bcm2712-rpi-5-b.dtb' },
      [/without U-Boot/],
    ],
  ])('%s', (_name, facts, says) => {
    expect(imageTraps({ ...fine, ...facts }, 'sd-card.nix')).toEqual(says.map((text) => expect.stringMatching(text)));
  });

  test('is not told of what nobody knows', () => {
    expect(imageTraps(unknown, 'sd-card.nix')).toEqual([]);
  });
});

test('answers of another kind are unknown', () => {
  expect(imageFacts.parse({ sshServer: 'yes', login: 1, kernel: {}, firmware: 'new', deviceTrees: [] })).toEqual(
    unknown,
  );
});
