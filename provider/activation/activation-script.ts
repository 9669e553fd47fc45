/**
 * What runs on the Pi: `sh -c <this> <name> <storePath> <run>`, as root, under systemd.
 *
 * The order is the one that a power cut cannot turn into a stranded Pi: first the running system (`test`), and only when that
 * worked the profile and the boot loader. A failed activation goes back to the system that ran before. The exit codes are
 * switch-to-configuration's: 0 done, 4 done but some units failed, everything else not done.
 */
export const activationScript = `
new=$1
run=$2
record=/var/lib/pulumi-nixos-pi
old=$(readlink -f /run/current-system)
mkdir -p "$record"
rm -f "$record"/activation-*
echo "activating $new (run $run)"

finish() {
  printf '%s %s\\n' "$1" "$2" > "$record/.activation-$run"
  sync "$record/.activation-$run"
  mv "$record/.activation-$run" "$record/activation-$run"
  exit 0
}
applied() { [ "$1" -eq 0 ] || [ "$1" -eq 4 ]; }

"$new/bin/switch-to-configuration" test
tested=$?
if ! applied "$tested"; then
  echo "activation failed with $tested, going back to $old"
  NIXOS_NO_CHECK=1 "$old/bin/switch-to-configuration" test
  back=$?
  if applied "$back"; then finish rolled-back "$tested"; else finish failed "$tested"; fi
fi

nix-env --profile /nix/var/nix/profiles/system --set "$new" || finish failed 1
"$new/bin/switch-to-configuration" boot
installed=$?
[ "$installed" -eq 0 ] || finish failed "$installed"
sync
finish activated "$tested"
`;
