#!/usr/bin/env bash
# setup-etc ETC: makes /etc/static point at ETC, and /etc/* at /etc/static/*.
# Follows nixos/modules/system/etc/setup-etc.pl. Leaves out: nixos-enter's resolv.conf.
set -euo pipefail

etc=$1
static=/etc/static

atomic_symlink() {
  ln -sfn -- "$1" "$2.tmp"
  mv -fT -- "$2.tmp" "$2"
}

# Whether PATH is a link into /etc/static, or a directory of nothing but such links.
is_static() {
  local child
  if [ -L "$1" ]; then
    [[ $(readlink -- "$1") == "$static"* ]]
    return
  fi
  [ -d "$1" ] || return 1
  while IFS= read -r -d '' child; do
    is_static "$child" || return 1
  done < <(find "$1" -mindepth 1 -maxdepth 1 -print0)
}

# What each link below /etc leads to, by its path. Read at once: a process for each would take longer than all else.
declare -A link_target=()

read_links() {
  local link target
  while IFS= read -r -d '' link && IFS= read -r -d '' target; do
    link_target[$link]=$target
  done < <(find /etc -path /etc/nixos -prune -o -type l -printf '%p\0%l\0')
}

remove_stale_links() {
  local link
  for link in "${!link_target[@]}"; do
    if [[ ${link_target[$link]} == "$static"* && ! -L $static${link#/etc} ]]; then
      echo "removing obsolete symlink ‘$link’..." >&2
      rm -f -- "$link"
    fi
  done
}

# Copies FILE of the static tree to TARGET, with the owner and mode that lie beside it.
copy_file() {
  local owner group
  owner=$(< "$1.uid")
  group=$(< "$1.gid")
  cp --remove-destination -L -- "$1" "$2.tmp"
  chown "${owner#+}:${group#+}" -- "$2.tmp"
  chmod "$(< "$1.mode")" -- "$2.tmp"
  mv -fT -- "$2.tmp" "$2"
}

declare -A created=()
copied=()

install_entry() {
  local name=$1 source=$etc/$1 target=/etc/$1
  created[$name]=1
  if [ ! -e "$source.mode" ] && [ "${link_target[$target]:-}" = "$static/$name" ]; then return; fi
  mkdir -p -- "${target%/*}"
  if [ -d "$target" ] && [ ! -L "$target" ]; then
    if is_static "$target"; then
      rm -rf -- "$target"
    else
      echo "$target directory contains user files. Symlinking may fail." >&2
    fi
  fi
  if [ ! -e "$source.mode" ]; then
    atomic_symlink "$static/$name" "$target"
    return
  fi
  if [ "$(< "$source.mode")" = direct-symlink ]; then
    atomic_symlink "$(readlink -- "$static/$name")" "$target"
  else
    copy_file "$source" "$target"
  fi
  copied+=("$name")
}

remove_stale_copies() {
  local name
  [ -e /etc/.clean ] || return 0
  while IFS= read -r name; do
    if [ -n "$name" ] && [ -z "${created[$name]:-}" ]; then
      echo "removing obsolete file ‘/etc/$name’..." >&2
      rm -f -- "/etc/$name"
    fi
  done < /etc/.clean
}

atomic_symlink "$etc" "$static"
read_links
remove_stale_links
while IFS= read -r -d '' entry; do
  install_entry "$entry"
done < <(cd "$etc" && find . -type l -printf '%P\0')
remove_stale_copies
printf '%s\n' "${copied[@]}" | sort > /etc/.clean
touch /etc/NIXOS
