#!/usr/bin/env bash
# `npm start`, twice, as on a fresh Debian 12: in a debootstrapped root with empty caches and a clean clone of this checkout's HEAD.
# Not part of `npm test`: it takes about a quarter of an hour and fetches everything anew.
#
#   sudo test/fresh-root.sh [directory]      default: a new directory in /var/tmp, removed at the end unless KEEP=1
#
# Node and Go are this machine's own (copied in, since Debian 12's are too old); so are its settings for apt, npm, Go and certificates.
# MIRROR: where debootstrap fetches from; default: what this machine's apt uses.
set -euo pipefail

project=$(git -C "$(dirname "$0")" rev-parse --show-toplevel)
root=${1:-$(mktemp -d /var/tmp/nixos-pi-fresh-root.XXXXXX)}
mirror=${MIRROR:-$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | grep -v security | head -n 1)}
home=$root/root

clean_up() {
  if [ "${KEEP:-}" = 1 ]; then
    echo "kept: $root"
  else
    rm -rf --one-file-system "$root"
  fi
}
trap clean_up EXIT

make_root() {
  echo "== Debian 12 into $root"
  debootstrap --variant=minbase --include=ca-certificates,git,libatomic1 bookworm "$root" "${mirror:-http://deb.debian.org/debian}" |
    grep --line-buffered -E '^I: (Base|Configuring|Extracting) (system|base-files|libc6)' || true
  cp -a --dereference /etc/resolv.conf /etc/hosts "$root/etc/"
  cp -a /etc/apt/apt.conf.d/. "$root/etc/apt/apt.conf.d/"
  cp -a /etc/ssl/certs/. "$root/etc/ssl/certs/"
}

# The node that is on PATH without this project's own, and the npm that belongs to it.
copy_tools() {
  local node npm
  node=$(realpath "$(command -v node)")
  npm=$(npm root --global)/npm
  echo "== Node $(node --version), npm $(npm --version), $(go version)"
  install -D "$node" "$root/usr/local/bin/node"
  mkdir -p "$root/usr/local/lib/node_modules"
  cp -a --dereference "$npm" "$root/usr/local/lib/node_modules/npm"
  ln -s ../lib/node_modules/npm/bin/npm-cli.js "$root/usr/local/bin/npm"
  cp -a "$(go env GOROOT)" "$root/usr/local/go"
  ln -s ../go/bin/go "$root/usr/local/bin/go"
  [ ! -e "$HOME/.npmrc" ] || cp "$HOME/.npmrc" "$home/.npmrc"
  mkdir -p "$home/.config/go"
  go env -json GOPROXY GONOSUMDB GOSUMDB GONOPROXY GOFLAGS | sed -n 's/^\t"\([A-Z]*\)": "\(.*\)",\{0,1\}$/\1=\2/p' >"$home/.config/go/env"
}

# Where this machine reaches the registries through a proxy or with certificates of its own, so does the fresh one.
network_settings=()
copy_network_settings() {
  local name value
  while IFS='=' read -r name value; do
    network_settings+=("$name=$value")
    if [ -f "$value" ]; then install -D -m 0644 "$value" "$root$value"; fi
  done < <(env | grep -iE '^(https?_proxy|no_proxy|NODE_EXTRA_CA_CERTS|SSL_CERT_FILE|npm_config_(registry|cafile))=' || true)
}

clone() {
  git clone --quiet --no-hardlinks "$project" "$home/pulumi-nixos-pi"
  git -C "$home/pulumi-nixos-pi" log -1 --format='== clone of %h: %s'
}

# A process namespace of its own: whatever happens, nothing of it outlives this script.
inside() {
  unshare --mount --pid --fork --kill-child --propagation private sh -c '
    set -eu
    mount -t proc proc "$0/proc"
    mount --rbind /sys "$0/sys"
    mount --rbind /dev "$0/dev"
    exec chroot "$0" /usr/bin/env --ignore-environment HOME=/root LANG=C.UTF-8 \
      PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$@"' "$root" "${network_settings[@]}" "$@"
}

expect() {
  local log=$1 pattern=$2
  grep -qE -- "$pattern" "$log" || {
    echo "missing in $log: $pattern"
    cp "$log" /var/tmp/
    exit 1
  }
}

# The order in which the four resources were created.
created() {
  sed -nE 's/.*nixos-pi:(SdImage|FlashedCard|HardwareConfig|NixosDeployment) lab created .*/\1/p' "$1" | uniq | paste -sd ' '
}

make_root
copy_tools
copy_network_settings
clone

run_both='cd /root/pulumi-nixos-pi
for n in 1 2; do
  echo "== npm start, number $n"
  date +"began %T"
  npm start </dev/null >/root/start-$n.log 2>&1 || { tail -n 60 /root/start-$n.log; exit 1; }
  date +"ended %T"
  cat /root/start-$n.log
done
npm run --silent lab -- down --purge'
inside bash -euo pipefail -c "$run_both"

order=$(created "$home/start-1.log")
[ "$order" = 'SdImage FlashedCard HardwareConfig NixosDeployment' ] || {
  echo "the four resources were not created in order, but: $order"
  exit 1
}
expect "$home/start-1.log" 'NVIM v'
expect "$home/start-1.log" 'kept the generation'
expect "$home/start-2.log" '^ +[0-9]+ unchanged'
if grep -qE '(created|updated|replaced|deleted) \(' "$home/start-2.log"; then
  echo 'the second run changed something'
  exit 1
fi
echo '== both runs did what they should'
