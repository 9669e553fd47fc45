# Follows nixos/lib/make-ext4-fs.nix. Leaves out: shrinking to the smallest size; some space is left instead.
{
  lib,
  pkgs,
  storePaths,
  compressImage,
  populateRootCommands,
  volumeLabel,
  rootPartitionUUID,
}:
let
  uuid = if rootPartitionUUID == null then "44444444-4444-4444-8888-888888888888" else rootPartitionUUID;
  closure = pkgs.closureInfo { rootPaths = storePaths; };
in
pkgs.runCommand "ext4-fs.img${lib.optionalString compressImage ".zst"}" { } ''
  export PATH=$PATH:/usr/sbin:/usr/bin
  export SOURCE_DATE_EPOCH=946684800
  mkdir -p files root/nix/store
  ${populateRootCommands}
  find files -mindepth 1 -maxdepth 1 -exec cp -a {} root/ \;
  # not xargs: under emulation its children rewind the list that they share with it
  while read -r path; do cp -a "$path" root/nix/store/; done < ${closure}/store-paths
  cp ${closure}/registration root/nix-path-registration
  find root ! -path 'root/nix/store/*' -exec touch -h -d @946684800 {} +

  sizeKiB=$(($(/usr/bin/du -sk root | cut -f 1) * 11 / 10 + $(/usr/bin/find root | wc -l) / 2 + 49152))
  truncate -s $(((sizeKiB / 1024 + 1) * 1024 * 1024)) root.img
  /usr/sbin/mkfs.ext4 -q -b 4096 -T default -L ${volumeLabel} -U ${uuid} -E hash_seed=${uuid},root_owner=0:0 -d root root.img
  ${if compressImage then "zstd -q -T1 root.img -o $out" else "mv root.img $out"}
''
