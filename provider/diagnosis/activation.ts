import type { Diagnosis } from './diagnosis.ts';

/** What switch-to-configuration, boot loaders, systemd and sudo say on the Pi. */
export const activationDiagnoses: readonly Diagnosis[] = [
  {
    pattern: /Could not acquire lock|Unit \S+ was already loaded or has a fragment file/,
    cause: 'Another activation is running on the Pi.',
    remedy: 'Wait until it ends, then run `pulumi up` again.',
  },
  {
    pattern: /Pre-switch check 'switchInhibitors' failed/,
    cause: 'The new system may not replace the running one without a reboot.',
    remedy: 'Set `goal: "boot"` and `reboot: "whenNeeded"`.',
  },
  {
    pattern: /Pre-switch check '[^']*' failed|Pre-switch checks failed/,
    cause: 'A check of the configuration (system.preSwitchChecks) refuses the switch.',
    remedy: 'What it says is quoted; mend that.',
  },
  {
    pattern: /do not know how to make this configuration bootable/,
    cause: 'The configuration names no boot loader, so the Pi would start the old system again.',
    remedy: 'Set `boot.loader.generic-extlinux-compatible.enable = true;` (and GRUB off), as the card image does.',
  },
  {
    pattern: /Failed to install bootloader/i,
    cause: 'The boot loader could not be written.',
    remedy: 'Look at what it said, and at `df -h /boot /boot/firmware` on the Pi.',
  },
  {
    pattern: /This is not a NixOS installation/,
    cause: 'The machine has no /etc/NIXOS: it is another Linux, or its first boot did not finish.',
    remedy: 'Flash a NixOS image, or check the address.',
  },
  {
    pattern:
      /sops-install-secrets: failed to decrypt|Error getting data key: 0 successful groups|no identity matched any of the recipients/,
    cause: "A secret of the configuration is not encrypted for this Pi's host key, which is new after each flash.",
    remedy:
      'Make the secret readable for `hostPublicKey` (docs/secrets.md: `sops updatekeys`, `agenix --rekey`), then deploy again.',
  },
  {
    pattern: /Activation script snippet '[^']+' failed|Failed to run activate script/,
    cause: 'A script of the configuration that prepares the system failed.',
    remedy: 'Mend `system.activationScripts` of that name; what it said stands above.',
  },
  {
    pattern: /the following units failed/,
    cause: 'The new system runs, but some of its services do not.',
    remedy: '`systemctl --failed` and `journalctl -u UNIT` on the Pi say why.',
  },
  {
    pattern: /a dependency of \S+ failed|Dependency failed for|Timed out waiting for device/,
    cause:
      'A unit waits for something that does not come: often a disk in `fileSystems` or `swapDevices` that the Pi has not.',
    remedy: 'Compare `lsblk -f` on the Pi with hardware-configuration.nix; add `nofail` to what may be missing.',
  },
  {
    pattern:
      /Failed to connect to (?:system scope )?bus|Failed to open dbus connection|Transport endpoint is not connected/,
    cause: 'systemd or D-Bus on the Pi does not answer.',
    remedy: '`systemctl status dbus` there; a reboot mends it.',
  },
  {
    pattern: /Failed to start transient service unit/,
    cause: 'systemd on the Pi did not start the unit.',
    remedy: 'Its own words are quoted; `journalctl -b -u dbus -u polkit` there may say more.',
  },
  {
    pattern: /sudo: (?:a password is required|a terminal is required|interactive authentication is required)/,
    cause: 'sudo asks for a password where none can be given.',
    remedy: 'Set `pulumi config set --secret sudoPassword`, or `security.sudo.wheelNeedsPassword = false` on the Pi.',
  },
  {
    pattern: /is not in the sudoers file|may not run sudo/,
    cause: 'The login may not use sudo.',
    remedy: 'Put it into the group wheel, or log in as root.',
  },
  {
    pattern: /Sorry, try again\.|incorrect password attempt/,
    cause: 'The sudo password is wrong.',
    remedy: 'Set it: `pulumi config set --secret sudoPassword`.',
  },
];
