# Follows nixos/modules/installer/sd-card/sd-image.nix: a card's image, MBR, a FAT partition for the firmware, an ext4 root.
# Leaves out: other file systems as the root's.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption types;
  cfg = config.sdImage;

  option =
    type: default: description:
    mkOption { inherit type default description; };
in
{
  imports = [
    (lib.mkRenamedOptionModule [ "sdImage" "imageBaseName" ] [ "image" "baseName" ])
    (lib.mkRenamedOptionModule [ "sdImage" "imageName" ] [ "image" "fileName" ])
    ../../profiles/all-hardware.nix
    ../../image/file-options.nix
  ];

  options.sdImage = {
    storePaths = mkOption {
      type = types.listOf types.package;
      description = "What is in the image's Nix store, with everything that it needs.";
    };
    firmwarePartitionOffset = option types.int 8 "MiB in front of the firmware partition.";
    firmwarePartitionID = option types.str "0x2178694e" "Id of the disk and of the firmware's file system.";
    firmwarePartitionName = option types.str "FIRMWARE" "Label of the firmware's file system.";
    firmwareSize = option types.int 30 "MiB of the firmware partition.";
    rootPartitionUUID = option (types.nullOr types.str) null "UUID of the root file system.";
    rootVolumeLabel = option types.str "NIXOS_SD" "Label of the root file system.";
    rootFilesystemImage = mkOption {
      type = types.package;
      default = import ./make-ext4-fs.nix {
        inherit lib pkgs;
        inherit (cfg)
          storePaths
          compressImage
          rootPartitionUUID
          populateRootCommands
          ;
        volumeLabel = cfg.rootVolumeLabel;
      };
      description = "The root file system.";
    };
    populateFirmwareCommands = mkOption {
      type = types.lines;
      description = "Shell commands that fill ./firmware.";
    };
    populateRootCommands = mkOption {
      type = types.lines;
      description = "Shell commands that fill ./files, which is copied to the root.";
    };
    postBuildCommands = option types.lines "" "Shell commands for the finished image, \$img.";
    compressImage = option types.bool true "Whether the image is compressed with zstd.";
    expandOnBoot = option types.bool true "Whether the first boot makes the root as large as the card.";
    nixPathRegistrationFile = option types.str "/nix-path-registration" "What registers the image's store paths.";
  };

  config = {
    fileSystems = {
      "/boot/firmware" = {
        device = "/dev/disk/by-label/${cfg.firmwarePartitionName}";
        fsType = "vfat";
        options = [
          "nofail"
          "noauto"
        ];
      };
      "/" = {
        device = "/dev/disk/by-label/${cfg.rootVolumeLabel}";
        fsType = "ext4";
      };
    };

    sdImage.storePaths = [ config.system.build.toplevel ];
    image.extension = if cfg.compressImage then "img.zst" else "img";
    image.filePath = "sd-image/${config.image.fileName}";
    system.nixos.tags = [ "sd-card" ];
    system.build.image = config.system.build.sdImage;

    system.build.sdImage = pkgs.runCommand config.image.fileName {
      inherit (cfg) compressImage;
    } ''
      export PATH=$PATH:/usr/sbin:/usr/bin
      export SOURCE_DATE_EPOCH=946684800 MTOOLS_SKIP_CHECK=1 TZ=UTC
      mkdir -p $out/nix-support $out/sd-image
      img=$out/sd-image/${config.image.baseName}.img
      echo ${pkgs.stdenv.buildPlatform.system} > $out/nix-support/system
      echo "file sd-image $out/sd-image/${config.image.fileName}" > $out/nix-support/hydra-build-products

      root_fs=${cfg.rootFilesystemImage}
      ${lib.optionalString cfg.compressImage ''
        root_fs=./root-fs.img
        zstd -q -d "${cfg.rootFilesystemImage}" -o $root_fs
      ''}
      mib=$((1024 * 1024))
      gap=${toString cfg.firmwarePartitionOffset}
      firmwareSize=${toString cfg.firmwareSize}
      rootStart=$((gap + firmwareSize))
      truncate -s $((rootStart * mib + $(stat -c %s $root_fs))) $img

      # type=b is 'W95 FAT32', type=83 is 'Linux'. U-Boot looks for extlinux.conf on the bootable one.
      /usr/sbin/sfdisk --quiet --no-reread --no-tell-kernel $img <<EOF
      label: dos
      label-id: ${cfg.firmwarePartitionID}

      start=''${gap}M, size=''${firmwareSize}M, type=b
      start=''${rootStart}M, type=83, bootable
      EOF
      dd conv=notrunc if=$root_fs of=$img bs=$mib seek=$rootStart

      mkdir firmware
      ${cfg.populateFirmwareCommands}
      sh ${./make-firmware-fs.sh} firmware firmware.img $((firmwareSize * mib)) \
        ${cfg.firmwarePartitionID} ${cfg.firmwarePartitionName}
      dd conv=notrunc if=firmware.img of=$img bs=$mib seek=$gap
      ${cfg.postBuildCommands}
      ${lib.optionalString cfg.compressImage "zstd -q -T1 --rm $img"}
    '';

    boot.postBootCommands = builtins.replaceStrings
      [
        "@expand@"
        "@registration@"
      ]
      [
        (lib.boolToString cfg.expandOnBoot)
        cfg.nixPathRegistrationFile
      ]
      (builtins.readFile ./first-boot.sh);
  };
}
