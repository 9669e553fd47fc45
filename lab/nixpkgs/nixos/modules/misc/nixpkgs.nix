# Follows nixos/modules/misc/nixpkgs.nix: which packages the modules get as `pkgs`.
# Leaves out: the merging of nixpkgs.config values, flakes' source, checks of combinations of these options.
{
  config,
  options,
  lib,
  ...
}:
let
  inherit (lib) mkOption types;
  cfg = config.nixpkgs;

  platform = types.either types.str types.attrs;

  platforms =
    if options.nixpkgs.hostPlatform.isDefined then
      {
        localSystem = cfg.buildPlatform;
        crossSystem = if lib.systems.equals cfg.buildPlatform cfg.hostPlatform then null else cfg.hostPlatform;
      }
    else
      { inherit (cfg) localSystem crossSystem; };
in
{
  options.nixpkgs = {
    pkgs = mkOption {
      type = types.raw;
      description = "The packages themselves, instead of what the other options describe.";
    };
    config = mkOption {
      type = types.attrsOf types.raw;
      default = { };
      example = {
        allowUnfree = true;
      };
      description = "The configuration of the package set.";
    };
    overlays = mkOption {
      type = types.listOf types.raw;
      default = [ ];
      description = "Functions that change packages.";
    };
    hostPlatform = mkOption {
      type = platform;
      example = "aarch64-linux";
      apply = lib.systems.elaborate;
      description = "The platform that the machine is.";
    };
    buildPlatform = mkOption {
      type = platform;
      default = cfg.hostPlatform;
      apply = lib.systems.elaborate;
      description = "The platform that builds.";
    };
    system = mkOption {
      type = types.str;
      description = "The platform, when hostPlatform is not given.";
    };
    localSystem = mkOption {
      type = platform;
      default = { inherit (cfg) system; };
      apply = lib.systems.elaborate;
      description = "The platform that builds, when hostPlatform is not given.";
    };
    crossSystem = mkOption {
      type = types.nullOr platform;
      default = null;
      description = "The platform that the machine is, when it is not the one that builds.";
    };
  };

  config._module.args.pkgs =
    if options.nixpkgs.pkgs.isDefined then
      cfg.pkgs.appendOverlays cfg.overlays
    else
      import ../../.. (platforms // { inherit (cfg) config overlays; });

  config.assertions = [
    {
      assertion = !(options.nixpkgs.hostPlatform.isDefined && cfg.crossSystem != null);
      message = "Your system configures nixpkgs with the hostPlatform option, but also with the old crossSystem option.";
    }
  ];
}
