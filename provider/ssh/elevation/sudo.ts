import { type ElevationProgram, refusalFrom } from './elevation-program.ts';

/**
 * sudo, and sudo-rs (security.sudo-rs), which has the same options (`-p` since April 2025). Texts: sudo's plugins/sudoers, sudo-rs'
 * src/common/error.rs.
 */
export const sudo: ElevationProgram = {
  program: 'sudo',
  withoutPassword: (argv) => ['sudo', '-n', '--', ...argv],
  withPassword: (argv, prompt) => ['sudo', '-S', '-p', prompt, '--', ...argv],
  refusal: refusalFrom([
    {
      pattern: /is not in the sudoers file|is not allowed to execute|may not run|I'm afraid I can't do that/,
      what: ({ user, name }) => `${user} may not use sudo on ${name}.`,
      remedy: ({ user }) => `Put ${user} into the group wheel, or log in as root.`,
    },
    {
      pattern:
        /Sorry, try again|incorrect password attempt|Authentication failed, try again|incorrect authentication attempt/,
      what: ({ user, name }) => `The sudo password for ${user} on ${name} is wrong.`,
      remedy: () => 'Set it: `pulumi config set --secret sudoPassword`.',
    },
    {
      pattern:
        /a password is required|interactive authentication is required|a terminal is required to|no tty present and no askpass/i,
      what: ({ user, name }) => `sudo on ${name} asks ${user} for a password, and none is configured.`,
      remedy: () =>
        'Set `pulumi config set --secret sudoPassword`, or `security.sudo.wheelNeedsPassword = false` on the Pi.',
    },
    {
      pattern: /account or password is expired|account validation failure|password change required/i,
      what: ({ user, name }) => `sudo on ${name} refuses ${user}: the account is locked, or its password has expired.`,
      remedy: ({ user, name }) => `Log in (\`ssh ${user}@${name}\`) and run \`passwd\`.`,
    },
    {
      pattern: /must have a tty to run sudo/,
      what: ({ name }) => `sudo on ${name} wants a terminal (requiretty), which a deployment has none of.`,
      remedy: ({ user }) => `Take \`requiretty\` out of security.sudo.extraConfig, at least for ${user}.`,
    },
    {
      pattern: /must be owned by uid 0 and have the setuid bit set|effective uid is not 0/,
      what: ({ name }) => `The sudo that was found on ${name} cannot make anyone root.`,
      remedy: () => 'On NixOS the one that can is /run/wrappers/bin/sudo: that folder has to come first on PATH.',
    },
  ]),
};
