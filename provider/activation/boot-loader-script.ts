/**
 * Shell functions that set up what boots; need `$activation_seconds`, and PATH with coreutils, diffutils, gnugrep and gnused.
 *
 * nixpkgs' builder (nixos/modules/system/boot/loader/generic-extlinux-compatible/extlinux-conf-builder.sh) copies kernels without
 * syncing them, and keeps for ever what it finds by that name. So a power cut could leave an empty kernel that is booted from
 * then on: the copies are made here before, whole and synced, by the names that the builder gives them, and damaged ones are
 * replaced. Other boot loaders copy to other places, and are left alone.
 */
export const bootLoaderFunctions = `
menu=/boot/extlinux/extlinux.conf

# switch_to SYSTEM ACTION [NAME=VALUE]: as nixos-rebuild calls it, with an end.
switch_to() {
  env NIXOS_INSTALL_BOOTLOADER=0 \${3:+"$3"} timeout -k 10 "$activation_seconds" "$1/bin/switch-to-configuration" "$2"
}

# by_extlinux SYSTEM: whether that is its boot loader, whose builder the switch program names.
by_extlinux() { [ -e "$menu" ] && grep -rqaF extlinux "$1/bin/" 2> /dev/null; }

# place_boot_file FILE: a whole copy in /boot/nixos. What is there is replaced only where it differs.
place_boot_file() {
  copy=/boot/nixos/$(printf '%s' "\${1#/nix/store/}" | tr / -)
  if diff -rq "$1" "$copy" > /dev/null 2>&1; then return; fi
  placing=/boot/nixos/placing
  rm -rf "$placing" && cp -r "$1" "$placing" && chmod -R u+w "$placing" && sync || return 1
  if [ -d "$copy" ]; then chmod -R u+w "$copy" && rm -rf "$copy"; fi
  mv -fT "$placing" "$copy" && sync /boot/nixos
}

# place_boot_files SYSTEM: where that fails, as on a full /boot, the boot loader's builder tries, and tells.
place_boot_files() {
  if ! by_extlinux "$1" || [ ! -d /boot/nixos ]; then return; fi
  parts='kernel initrd'
  if grep -q FDT "$menu"; then parts="$parts dtbs"; fi
  for part in $parts; do
    file=$(readlink -f "$1/$part") && [ -e "$file" ] || continue
    place_boot_file "$file" || { rm -rf "$placing"; return; }
  done
}

# default_init: the \`init=\` of what U-Boot starts by default.
default_init() {
  label=$(sed -n 's/^DEFAULT[[:space:]]*//p' "$menu" | head -n 1)
  sed -n "/^LABEL[[:space:]]*$label$/,/^LABEL[[:space:]]*[^[:space:]]*$/s/^.*APPEND.*init=\\([^ ]*\\).*$/\\1/p" "$menu" | head -n 1
}

# switch_boot SYSTEM [NAME=VALUE]: until 25.05 switch-to-configuration could end with 0 where the boot loader's builder had failed: it took
# errno for its exit code. What it says goes to a file, since whatever it leaves running would keep a pipe open; in memory, since the disk may
# be full.
switch_boot() {
  said=$(mktemp -p /run) || said=/dev/null
  switch_to "$1" boot \${2:+"$2"} > "$said" 2>&1
  ended=$?
  cat "$said"
  if [ "$ended" -eq 0 ] && grep -q '^Failed to install bootloader' "$said"; then ended=1; fi
  if [ "$said" != /dev/null ]; then rm -f "$said"; fi
  return "$ended"
}

# set_up_boot SYSTEM [NAME=VALUE]: makes a system the one that boots, and looks whether it is.
set_up_boot() {
  place_boot_files "$1"
  before=$(stat -c %i "$menu" 2> /dev/null)
  switch_boot "$@" || return
  sync
  # A menu that this boot loader did not write says nothing about it.
  if ! by_extlinux "$1" || [ "$(stat -c %i "$menu")" = "$before" ]; then return 0; fi
  boots=$(default_init)
  [ "$boots" = "$1/init" ] || { printf 'the boot loader would start %s, not %s/init\n' "$boots" "$1"; return 1; }
}
`;
