/** The login of all contestants: a light Pi is sshd and Nix, so nobody becomes root there by a third program. */
export const login = 'root';

/** What is done on a Pi after its first boot, as root, so that it is light from then on. */
export const lighten = [
  `install -D -m 600 /etc/ssh/authorized_keys.d/pi /${login}/.ssh/authorized_keys`,
  // It is not started again: what would boot is no deployment's work.
  'rm /boot/extlinux/extlinux.conf',
  // A login is a login, not a session of systemd's besides.
  "sed -i '/pam_systemd/d' /etc/pam.d/*",
].join(' && ');

/**
 * Lines of a NixOS module for a Pi that is light: what the bench compares is what a fleet, an engine and a deployment take, and all Pis run
 * on this machine's processors, which the services and users of a whole system would keep busy. Activating a system makes it the current
 * one, and nothing else is done: no boot menu, no users, no units.
 */
export const lightPi = [
  'system.build.installBootLoader = lib.mkForce "/usr/bin/true";',
  'system.switch.enable = lib.mkForce false;',
  'system.systemBuilderCommands = "instantiate ${',
  '  pkgs.writeTextFile {',
  '    name = "switch-to-configuration.in";',
  '    executable = true;',
  "    text = ''",
  '      #!/bin/sh',
  '      case $1 in',
  '        switch | test) exec ln -sfn @out@ /run/current-system ;;',
  '      esac',
  "    '';",
  '  }',
  '} $out/bin/switch-to-configuration";',
];
