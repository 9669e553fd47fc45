/**
 * What realises a derivation or a store path on another machine: `sh -c <this> build <name> <path> <run> <mark> <first or again>`.
 *
 * The build is a session of its own, so that it outlives the connection; who comes back with the same run goes on listening, and a
 * new run for the same path joins the one that is under way. A lock says whether one is: it ends with the processes, also in a
 * power cut. `name` stands for the deployment: its newer build replaces an older one, and its link keeps the newest result.
 *
 * Standard output: Nix' log while it comes; a line `<mark> <exit code>`, empty when the build was cut off, `replaced` when another
 * run took its place; the end of the log.
 */
export const remoteBuildScript = `
path=$2 run=$3 mark=$4
directory=\${XDG_STATE_HOME:-$HOME/.local/state}/pulumi-nixos-pi/builds/$1
mkdir -p "$directory" && cd "$directory" || exit 1
running() { ! flock --nonblock lock true; }

begin() {
  rm -f exit pid log
  : > log
  printf %s "$path" > path
  setsid /bin/sh -c 'echo $$ > pid; exec flock lock /bin/sh -c "$0" build "$1"' "$realise" "$path" < /dev/null > /dev/null 2>&1 &
  until [ -s pid ]; do sleep 0.05; done
}
realise='
  nix-store --realise "$1" --add-root "$PWD/result" --log-format internal-json > /dev/null 2> log
  echo $? > exit.new
  mv exit.new exit
'

if [ "$5" = again ] && [ "$(cat run 2>/dev/null)" != "$run" ]; then
  printf '\\n%s replaced\\n' "$mark"
  exit 0
fi
if [ "$(cat run 2>/dev/null)" != "$run" ] || { [ ! -e exit ] && ! running; }; then
  if running && [ "$(cat path)" != "$path" ]; then
    kill -s TERM -- "-$(cat pid)"
    while running; do sleep 0.1; done
  fi
  printf %s "$run" > run
  running || begin
fi
tail -n 20 -f -s 0.2 --pid="$(cat pid)" log
printf '\\n%s %s\\n' "$mark" "$(cat exit 2>/dev/null)"
tail -n 400 log
# A log is long, and a card small.
if [ "$(cat exit 2>/dev/null)" = 0 ]; then : > log; fi
`;
