// What differs from one run to the next, and is nobody's input: an evaluation does not get it, so that its answer cannot
// depend on it.
const withheld =
  /^(PULUMI_.*|npm_.*|OTEL_.*|TRACEPARENT|TRACESTATE|GRPC_.*|NODE_.*|_|SHLVL|OLDPWD|COLUMNS|LINES|WINDOWID|TERM_SESSION_ID|SSH_CLIENT|SSH_CONNECTION|SSH_TTY|XDG_SESSION_ID|XDG_VTNR|INVOCATION_ID|JOURNAL_STREAM|NIXOS_CONFIG|NIXOS_PI_FLASH|NIXOS_PI_PARALLEL_EVALUATIONS|NIXOS_PI_EVALUATION_CACHE)$/;

/**
 * What is changed in an environment for Nix. Taken away are NIXOS_CONFIG, since the configuration is the one that is named, and the
 * variables of Pulumi, of the terminal and of the session. PWD is the working directory, which not everyone who starts a program sets.
 */
export function changesForNix(environment: NodeJS.ProcessEnv): Record<string, string | undefined> {
  const withheldHere = Object.keys(environment).filter((name) => withheld.test(name));
  const changes = ['NIXOS_CONFIG', ...withheldHere].map((name) => [name, undefined] as const);
  return { ...Object.fromEntries(changes), PWD: process.cwd() };
}

/** The variables that Nix gets, sorted: a configuration, or nixpkgs, may read any of them. */
export function environmentOfNix(environment: NodeJS.ProcessEnv): [string, string][] {
  return Object.entries({ ...environment, ...changesForNix(environment) })
    .filter((entry): entry is [string, string] => entry[1] !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
}
