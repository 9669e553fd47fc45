import { type ElevationProgram, refusalFrom } from './elevation-program.ts';

/** OpenDoas (security.doas). It reads passwords from a terminal only, so it has to be allowed without (doas.conf(5), nopass). */
export const doas: ElevationProgram = {
  program: 'doas',
  withoutPassword: (argv) => ['doas', '-n', '--', ...argv],
  refusal: refusalFrom([
    {
      pattern: /^doas: (?:Authenti[a-z]+|Authorization) (?:required|failed)|^doas: a tty is required/m,
      what: ({ user, name }) => `doas on ${name} does not let ${user} become root without a password.`,
      remedy: ({ user }) =>
        `doas takes passwords from a terminal only. Set \`security.doas.extraRules = [ { users = [ "${user}" ]; noPass = true; keepEnv = true; } ]\` on the Pi, or use sudo.`,
    },
    {
      pattern: /^doas: Operation not permitted|^doas: doas is not enabled/m,
      what: ({ user, name }) => `${user} may not use doas on ${name}.`,
      remedy: ({ user }) => `Give ${user} a rule in security.doas.extraRules, or log in as root.`,
    },
  ]),
};
