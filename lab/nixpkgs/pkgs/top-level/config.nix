# `nixpkgs.config`: the defaults that modules and packages ask for. Follows nixpkgs pkgs/top-level/config.nix.
# Left out: typed options, checks of licences and of broken or insecure packages.
{ lib, config }:
{
  allowUnfree = false;
  allowBroken = false;
  allowAliases = true;
  allowUnfreePredicate = _: false;
  permittedInsecurePackages = [ ];
}
// (if lib.isFunction config then config { } else config)
