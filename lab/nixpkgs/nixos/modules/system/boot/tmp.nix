# Follows nixos/modules/system/boot/tmp.nix. Leaves out: zram and sizes.
{ config, lib, ... }:
let
  flag = lib.mkOption {
    type = lib.types.bool;
    default = false;
    description = "What happens to /tmp.";
  };
in
{
  options.boot.tmp = {
    cleanOnBoot = flag;
    useTmpfs = flag;
    tmpfsSize = lib.mkOption {
      type = lib.types.either lib.types.str lib.types.int;
      default = "50%";
      description = "Accepted.";
    };
  };
  config.systemd.suppressedSystemUnits = lib.optional (!config.boot.tmp.useTmpfs) "tmp.mount";
  config.systemd.tmpfiles.rules = lib.optional config.boot.tmp.cleanOnBoot "D! /tmp 1777 root root";
}
