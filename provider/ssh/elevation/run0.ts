import { type ElevationProgram, refusalFrom } from './elevation-program.ts';

/**
 * systemd's run0, which asks polkit. It asks for passwords on a terminal only, so it has to be allowed without
 * (run0(1); nixpkgs, nixos/modules/security/run0.nix). What it starts would have systemd's own PATH.
 */
export const run0: ElevationProgram = {
  program: 'run0',
  withoutPassword: (argv) => ['run0', '--no-ask-password', '--setenv=PATH', '--', ...argv],
  refusal: refusalFrom([
    {
      pattern:
        /Failed to start transient service unit: (?:Access denied|Interactive authentication required|Permission denied)/,
      what: ({ user, name }) => `run0 on ${name} does not let ${user} become root without a password.`,
      remedy: ({ user }) =>
        `run0 takes passwords from a terminal only. Set \`security.run0.wheelNeedsPassword = false\` on the Pi (with \`security.polkit.enable = true\`, and where NixOS knows it \`security.run0.enable = true\`) with ${user} in wheel, or use sudo.`,
    },
    {
      pattern: /Failed to connect to (?:system scope )?bus/,
      what: ({ name }) => `run0 on ${name} cannot talk to systemd.`,
      remedy: () => 'Look at it there: `systemctl status dbus`; or use sudo.',
    },
  ]),
};
