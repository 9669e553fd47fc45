import { z } from 'zod';

/** What an image's configuration says about traps that NixOS does not report; null where it does not tell. */
export const imageFacts = z.object({
  /** Whether the SSH server is on. */
  sshServer: z.boolean().nullable().catch(null),
  /** Whether root, or a user who may become root, has a key or a password that SSH takes. */
  login: z.boolean().nullable().catch(null),
  /** The file of that name which defines file systems in it. */
  hardwareConfiguration: z.string().nullable().catch(null),
  /** For example `linux`, or `linux-rpi`. */
  kernel: z.string().nullable().catch(null),
  /** For example `bcm2712*-rpi-*.dtb`. */
  deviceTrees: z.string().nullable().catch(null),
  /** What puts the firmware on the card: NixOS' own commands for all boards, or nixos-hardware's without a boot loader. */
  firmware: z.enum(['generic', 'withoutBootLoader', 'other']).nullable().catch(null),
});

export type ImageFacts = z.output<typeof imageFacts>;

/**
 * A Nix expression of these facts, where `nixos` is the system and `image` the image. Only what a failing assertion or `throw`
 * stops can be caught in Nix; everything else is asked for with a default.
 */
export const imageFactsExpression = `let
  config = image.passthru.config or { };
  orNull = value: let attempt = builtins.tryEval value; in if attempt.success then attempt.value else null;
  has = part: text: builtins.replaceStrings [ part ] [ "" ] text != text;
  ssh = config.services.openssh or { };
  settings = ssh.settings or { };
  othersSay = (ssh.authorizedKeysCommand or "none") != "none" || has "TrustedUserCAKeys" (ssh.extraConfig or "")
    || (settings.TrustedUserCAKeys or null) != null;
  takesPasswords = (settings.PasswordAuthentication or true) != false;
  rootMay = settings.PermitRootLogin or "prohibit-password";
  hasKey = user: (user.openssh.authorizedKeys.keys or [ ]) != [ ] || (user.openssh.authorizedKeys.keyFiles or [ ]) != [ ];
  hasPassword = user: takesPasswords && builtins.any
    (name: !builtins.elem (user.\${name} or null) [ null "" "!" "*" "!!" ])
    [ "password" "hashedPassword" "hashedPasswordFile" "initialPassword" "initialHashedPassword" ];
  sudoers = builtins.concatLists (map (rule: rule.users or [ ]) (config.security.sudo.extraRules or [ ]))
    ++ (config.users.groups.wheel.members or [ ]);
  mayBecomeRoot = user: builtins.elem "wheel" (user.extraGroups or [ ]) || (user.group or "") == "wheel"
    || builtins.elem user.name sudoers;
  canLogIn = user: if user.name == "root"
    then rootMay != "no" && (hasKey user || (rootMay == "yes" || rootMay == true) && hasPassword user)
    else (user.isNormalUser or false) && mayBecomeRoot user && (hasKey user || hasPassword user);
  commands = config.sdImage.populateFirmwareCommands or null;
  files = builtins.filter (file: baseNameOf file == "hardware-configuration.nix")
    (map (each: builtins.unsafeDiscardStringContext (toString each.file))
      (nixos.options.fileSystems.definitionsWithLocations or [ ]));
in {
  sshServer = orNull (ssh.enable or null);
  login = orNull (if !(config ? users.users) then null
    else if othersSay then true
    else builtins.any canLogIn (builtins.attrValues config.users.users));
  hardwareConfiguration = orNull (if files == [ ] then null else builtins.head files);
  kernel = orNull (config.boot.kernelPackages.kernel.pname or null);
  deviceTrees = orNull (config.hardware.deviceTree.filter or null);
  firmware = orNull (if commands == null then null
    else if has "u-boot-rpi4.bin" commands && !has "bcm2712" commands then "generic"
    else if has "install-rpi-firmware" commands && (config.hardware.raspberry-pi.firmware.uboot.enable or null) == false
      then "withoutBootLoader"
    else "other");
}`;

/** What a person has to know before a card is written with the image: each trap once, with what to do. Unknown is silence. */
export function imageTraps(facts: ImageFacts, name: string): string[] {
  return traps.filter(({ isSet }) => isSet(facts)).map(({ says }) => `The image ${name} ${says(facts)}`);
}

interface Trap {
  readonly isSet: (facts: ImageFacts) => boolean;
  /** The rest of a sentence that begins with the image. */
  readonly says: (facts: ImageFacts) => string;
}

const traps: readonly Trap[] = [
  {
    isSet: ({ sshServer }) => sshServer === false,
    says: () =>
      'does not start an SSH server: nobody could log in, and nothing could be deployed. Set `services.openssh.enable = true;` in it.',
  },
  {
    isSet: ({ login, sshServer }) => login === false && sshServer !== false,
    says: () =>
      'has no root and no user in the group wheel with a key or a password that SSH takes: nobody could deploy to it. Give the login its key: `users.users.NAME = { isNormalUser = true; extraGroups = [ "wheel" ]; openssh.authorizedKeys.keys = [ "ssh-ed25519 …" ]; };`.',
  },
  {
    isSet: ({ hardwareConfiguration }) => hardwareConfiguration !== null,
    says: ({ hardwareConfiguration }) =>
      `imports ${hardwareConfiguration ?? ''}, which describes the disks of a Pi that runs already; an image has its own. Import it in the configuration of the Pi only.`,
  },
  {
    isSet: ({ kernel }) => kernel?.startsWith('linux-rpi') === true,
    says: ({ kernel }) =>
      `takes the vendor kernel (${kernel ?? ''}, as nixos-hardware's raspberry-pi modules do), which is compiled from source for hours where no substituter has it. Set \`boot.kernelPackages = pkgs.linuxPackages;\`, which comes from the binary cache.`,
  },
  {
    isSet: ({ firmware }) => firmware === 'withoutBootLoader',
    says: () =>
      'gets its firmware from nixos-hardware, without U-Boot: a card with it should not boot. Set `hardware.raspberry-pi.firmware.uboot.enable = true;`, or leave nixos-hardware out of the image.',
  },
  {
    isSet: ({ firmware, deviceTrees }) => firmware === 'generic' && (deviceTrees ?? '').includes('bcm2712'),
    says: () =>
      "is for a Raspberry Pi 5 (bcm2712), but NixOS' generic image has no firmware for it: a card with it would not boot. Use a nixos-hardware with `hardware.raspberry-pi.firmware.uboot.enable = true;`, or nvmd/nixos-raspberrypi.",
  },
];
