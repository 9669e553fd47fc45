# Follows nixos/modules/installer/sd-card/sd-image-x86_64.nix: what a configuration without nixpkgs.hostPlatform becomes on
# an x86_64 machine.
{ config, ... }:
{
  imports = [
    ../../profiles/base.nix
    ./sd-image.nix
  ];

  boot.loader.grub.enable = false;
  boot.loader.generic-extlinux-compatible.enable = true;

  sdImage = {
    populateFirmwareCommands = "";
    populateRootCommands = ''
      mkdir -p files/boot
      ${config.boot.loader.generic-extlinux-compatible.populateCmd} -c ${config.system.build.toplevel} -d files/boot
    '';
  };
}
