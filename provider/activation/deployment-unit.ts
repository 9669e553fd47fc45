import { deploymentUnit, oneLine, underwayFunction } from './record-script.ts';

/** Exit code of what the Pi refused to begin, with the reason on standard error. */
export const refusedCode = 75;

/**
 * The command that runs another one as the unit that deployments run as, so that never two are at work on a Pi, and waits for
 * its end. Standard input and output are those of the command; it goes on when the connection is lost.
 *
 * @param description who does what, told to whoever finds the Pi busy.
 */
export function asDeploymentUnit(description: string, command: readonly string[]): string[] {
  // systemd expands $NAME in a unit's command line; $$ is a plain $ (systemd.service(5), "Command lines").
  const escaped = command.map((argument) => argument.replaceAll('$', '$$$$'));
  return ['/bin/sh', '-c', script, 'as-deployment-unit', oneLine(description), ...escaped];
}

// A deployment that has told its end may still be on its way out, and one that failed be taken back by a unit of its own.
const script = `
${underwayFunction}
description=$1
shift
tries=0
until [ -z "$(underway '*')" ]; do
  if [ "$tries" -ge 50 ]; then
    printf 'Another deployment is under way: %s\\n' "$(systemctl show -p Description --value ${deploymentUnit})" >&2
    exit ${String(refusedCode)}
  fi
  tries=$((tries + 1))
  sleep 0.1
done
exec systemd-run --quiet --collect --no-ask-password --wait --pipe --unit=${deploymentUnit} \\
  --description="$description since $(date -u '+%F %T') UTC" -E PATH -- "$@"
`;
