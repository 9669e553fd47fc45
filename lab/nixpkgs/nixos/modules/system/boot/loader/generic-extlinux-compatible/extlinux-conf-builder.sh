#!/bin/sh
# Writes DIRECTORY/extlinux/extlinux.conf and copies the kernels that it names to DIRECTORY/nixos.
# Follows nixos/modules/system/boot/loader/generic-extlinux-compatible/extlinux-conf-builder.sh.
# Leaves out: a choice not to copy kernels. In the plain shell language, as builders of images have no bash.
set -eu

usage() {
  echo "usage: $0 -t <timeout> -c <path-to-default-configuration> [-d <boot-dir>] [-g <num-generations>] [-n <dtbName>] [-r]" >&2
  exit 1
}

timeout=
default=
target=/boot
generations=0
dtb_name=
device_tree=yes

# U-Boot takes tenths of seconds, 0 for "wait for ever", and less for "do not wait".
in_tenths() {
  if [ "$1" -lt 0 ]; then
    echo 0
  elif [ "$1" -eq 0 ]; then
    echo -10
  else
    echo $(($1 * 10))
  fi
}

while getopts "t:c:d:g:n:r" option; do
  case $option in
    t) timeout=$(in_tenths "$OPTARG") ;;
    c) default=$OPTARG ;;
    d) target=$OPTARG ;;
    g) generations=$OPTARG ;;
    n) dtb_name=$OPTARG ;;
    r) device_tree=no ;;
    *) usage ;;
  esac
done
if [ -z "$timeout" ] || [ -z "$default" ]; then usage; fi

mkdir -p "$target/nixos" "$target/extlinux"
config=$target/extlinux/extlinux.conf
list=$target/nixos/.in-use.$$
: > "$list"
trap 'rm -f "$list" "$config.tmp.$$"' EXIT

# copy FILE: brings it to $target/nixos, whole or not at all, and sets $copied to its path in extlinux.conf.
copy() {
  source=$(readlink -f "$1")
  name=$(printf %s "${source#/nix/store/}" | sed 's|/|-|g')
  if [ ! -e "$target/nixos/$name" ]; then
    cp -r "$source" "$target/nixos/$name.tmp.$$"
    sync "$target/nixos/$name.tmp.$$" 2> /dev/null || true
    mv "$target/nixos/$name.tmp.$$" "$target/nixos/$name"
  fi
  echo "$name" >> "$list"
  copied=../nixos/$name
}

menu_label() {
  if [ "$2" = default ]; then
    echo "NixOS - Default"
  else
    echo "NixOS - Configuration $2 ($(date -d "@$(stat -L -c %Z "$1")" '+%Y-%m-%d %H:%M') - $(cat "$1/nixos-version"))"
  fi
}

device_tree_line() {
  [ "$device_tree" = yes ] || return 0
  if [ -d "$1/dtbs" ]; then
    copy "$1/dtbs"
    if [ -n "$dtb_name" ]; then echo "  FDT $copied/$dtb_name"; else echo "  FDTDIR $copied"; fi
  elif [ -n "$dtb_name" ]; then
    echo "Explicitly requested dtbName $dtb_name, but there's no FDTDIR - bailing out." >&2
    exit 1
  fi
}

# add_entry TOPLEVEL TAG: prints the entry of one generation; one without a kernel has none.
add_entry() {
  toplevel=$(readlink -f "$1")
  if [ ! -e "$toplevel/kernel" ] || [ ! -e "$toplevel/initrd" ]; then return 0; fi
  echo
  echo "LABEL nixos-$2"
  echo "  MENU LABEL $(menu_label "$toplevel" "$2")"
  copy "$toplevel/kernel"
  echo "  LINUX $copied"
  copy "$toplevel/initrd"
  echo "  INITRD $copied"
  echo "  APPEND init=$toplevel/init $(cat "$toplevel/kernel-params")"
  device_tree_line "$toplevel"
}

older_generations() {
  [ "$generations" -gt 0 ] || return 0
  [ -d /nix/var/nix/profiles ] || return 0
  ls /nix/var/nix/profiles | sed -n 's/^system-\([0-9][0-9]*\)-link$/\1/p' | sort -n -r | head -n "$generations"
}

{
  cat << HEAD
# Generated file, all changes will be lost on nixos-rebuild!

# Change this to e.g. nixos-42 to temporarily boot to an older configuration.
DEFAULT nixos-default

MENU TITLE ------------------------------------------------------------
TIMEOUT $timeout
HEAD
  add_entry "$default" default
  for generation in $(older_generations); do
    add_entry "/nix/var/nix/profiles/system-$generation-link" "$generation"
  done
} > "$config.tmp.$$"
mv -f "$config.tmp.$$" "$config"

for file in "$target"/nixos/*; do
  if [ -e "$file" ] && ! grep -qxF "${file##*/}" "$list"; then
    echo "Removing no longer needed boot file: $file"
    chmod -R +w "$file"
    rm -rf "$file"
  fi
done
