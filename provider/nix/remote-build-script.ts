/** Sets `$builds`: the login's folder for what it builds, with a folder for each deployment. */
const setBuilds = `
case $XDG_STATE_HOME in /*) builds=$XDG_STATE_HOME;; *) builds=$HOME/.local/state;; esac
builds=$builds/pulumi-nixos-pi/builds`;

/**
 * Lets go of what was built or fetched where it is, or needs, one of the store paths on standard input: it is garbage then, if nothing else
 * needs it. As the login that built it.
 */
export const releaseBuildsScript = `
${setBuilds}
paths=$(xargs nix-store --query --referrers-closure) || exit
for link in "$builds"/*/result; do
  if printf '%s\\n' "$paths" | grep -qxF -- "$(readlink "$link")"; then rm -f "$link"; fi
done
`;

/**
 * What realises a derivation or a store path on another machine:
 * `sh -c <this> build <name> <path> <run> <mark> <first or again> <seconds>`.
 *
 * The build is a session of its own, so that it outlives the connection; who comes back with the same run goes on listening, and a
 * new run for the same path joins the one that is under way. A lock says whether one is: it ends with the processes, also in a
 * power cut. `name` stands for the deployment: its newer build replaces an older one, and its link keeps the newest result. It is
 * ended after so many seconds, whoever listens then.
 *
 * Standard output: Nix' log while it comes; a line `<mark> <ending>`; the end of the log. An ending is Nix' exit code, empty when the
 * build was cut off, or one of `buildEndings`.
 */
export const remoteBuildScript = `
path=$2 run=$3 mark=$4 seconds=$6
${setBuilds}
directory=$builds/$1
mkdir -p "$directory" && cd "$directory" || exit 1
running() { ! flock --nonblock lock true; }
# For so many tenths of a second.
wait_until() { tenths=$1; shift; until "$@"; do
  [ "$tenths" -gt 0 ] || return 1
  tenths=$((tenths - 1)); sleep 0.1
done; }
over() { ! running; }
claimed() { [ "$(cat run 2>/dev/null)" = "$run" ]; }
builds() { [ "$(cat path 2>/dev/null)" = "$path" ]; }
end_with() { printf '\\n%s %s\\n' "$mark" "$1"; exit 0; }

begin() {
  rm -f exit pid log
  : > log
  printf %s "$path" > path
  setsid /bin/sh -c 'echo $$ > pid; exec flock lock /bin/sh -c "$0" build "$1" "$2"' "$realise" "$path" "$seconds" < /dev/null > /dev/null 2>&1 &
  wait_until 300 [ -s pid ] || end_with not-begun
}
# In the foreground it stays in the group of processes that is ended for a newer build.
uptime='read -r up rest < /proc/uptime; up=\${up%.*}'
realise="$uptime"'; began=$up
  timeout --foreground --kill-after=60 "$2" \\
    nix-store --realise "$1" --add-root "$PWD/result" --log-format internal-json > /dev/null 2> log
  code=$?
  # Also what runs out of memory is killed, but before its time.
  '"$uptime"'
  if [ "$code" = 137 ] && [ $((up - began)) -ge "$2" ]; then code=124; fi
  echo $code > exit.new
  mv exit.new exit
'
end_older() {
  kill -s TERM -- "-$(cat pid)"
  wait_until 300 over && return
  kill -s KILL -- "-$(cat pid)"
  wait_until 100 over || end_with older-goes-on
}

if [ "$5" = again ] && ! claimed; then end_with replaced; fi
if ! claimed || ! builds || { [ ! -e exit ] && ! running; }; then
  # First of all: who follows the older build must not begin it again when it is ended.
  printf %s "$run" > run
  if running && ! builds; then end_older; fi
  running || begin
fi
tail -n 20 -f -s 0.2 --pid="$(cat pid)" log
ending=$(cat exit 2>/dev/null)
builds || end_with replaced
printf '\\n%s %s\\n' "$mark" "$ending"
tail -n 400 log
# A log is long, and a card small.
if [ "$ending" = 0 ]; then : > log; fi
`;

/** How a build ends other than with Nix' exit code. */
export const buildEndings = {
  /** It was cut off, for example by a restart. */
  cutOff: '',
  /** Another run took its place. */
  replaced: 'replaced',
  /** Its time was over: the exit code of timeout(1). */
  late: '124',
  /** Its processes did not start within 30 s, as where there is no room for a file. */
  notBegun: 'not-begun',
  /** An older build of the same deployment did not end, not even when it was killed. */
  olderGoesOn: 'older-goes-on',
} as const;
