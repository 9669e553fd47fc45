# The maintenance of the first boot. In the lab a Pi has no access to its card as a block device: where there is none, the
# board has made the partition as large as the card already.
expand_root_partition() {
  local root disk number
  root=$(findmnt -n -o SOURCE /)
  if [ ! -b "$root" ]; then
    echo "expand-root-partition: no access to $root, left as it is"
    return
  fi
  disk=$(lsblk -npo PKNAME "$root")
  number=$(lsblk -npo PARTN "$root")
  if [ -n "$disk" ]; then
    echo ",+," | sfdisk "-N$number" --no-reread "$disk"
    partx -u "$disk"
  fi
  resize2fs "$root"
}

if [ -f @registration@ ]; then
  set -euo pipefail
  if @expand@; then
    expand_root_partition
  fi

  # Register the contents of the initial Nix store
  nix-store --load-db < @registration@

  # nixos-rebuild also requires a "system" profile and an /etc/NIXOS tag.
  touch /etc/NIXOS
  nix-env -p /nix/var/nix/profiles/system --set /run/current-system

  # Prevents this from running on later boots.
  rm -f @registration@
fi
