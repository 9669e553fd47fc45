# Follows nixos/modules/misc/version.nix and misc/label.nix.
# Leaves out: variants, images' own identifiers, the vendor's URLs.
{ config, lib, ... }:
let
  inherit (lib) mkOption types;
  cfg = config.system.nixos;
in
{
  options.system.stateVersion = mkOption {
    type = types.strMatching "[0-9]{2}\\.[0-9]{2}";
    default = cfg.release;
    description = "The release whose defaults for stateful data this machine was first installed with.";
  };

  options.system.defaultChannel = mkOption {
    type = types.str;
    internal = true;
    default = "https://nixos.org/channels/nixos-unstable";
    description = "Default NixOS channel to which the root user is subscribed.";
  };

  options.system.configurationRevision = mkOption {
    type = types.nullOr types.str;
    default = null;
    description = "The revision of the configuration's own repository.";
  };

  options.system.nixos = {
    release = mkOption {
      readOnly = true;
      type = types.str;
      default = lib.trivial.release;
      description = "The NixOS release (26.05).";
    };
    versionSuffix = mkOption {
      internal = true;
      type = types.str;
      default = lib.trivial.versionSuffix;
      description = "What follows the release in the version.";
    };
    version = mkOption {
      internal = true;
      type = types.str;
      default = cfg.release + cfg.versionSuffix;
      description = "The full version.";
    };
    codeName = mkOption {
      readOnly = true;
      type = types.str;
      default = lib.trivial.codeName;
      description = "The release's code name.";
    };
    revision = mkOption {
      internal = true;
      type = types.nullOr types.str;
      default = null;
      description = "The Git revision from which this system was built.";
    };
    label = mkOption {
      type = types.strMatching "[a-zA-Z0-9:_\\.-]*";
      default = lib.concatStringsSep "-" (lib.sort (a: b: a < b) cfg.tags ++ [ cfg.version ]);
      description = "The label in the boot menu and in the system's store path.";
    };
    tags = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [ "with-xen" ];
      description = "Strings that go in front of the version in the label.";
    };
    distroId = mkOption {
      internal = true;
      type = types.str;
      default = "nixos";
      description = "ID of /etc/os-release.";
    };
    distroName = mkOption {
      internal = true;
      type = types.str;
      default = "NixOS";
      description = "NAME of /etc/os-release.";
    };
  };

  config.environment.etc."os-release".text = ''
    ANSI_COLOR="0;38;2;126;186;228"
    BUILD_ID="${cfg.version}"
    ID=${cfg.distroId}
    ID_LIKE=""
    NAME=${cfg.distroName}
    PRETTY_NAME="${cfg.distroName} ${cfg.release} (${cfg.codeName})"
    VERSION="${cfg.release} (${cfg.codeName})"
    VERSION_CODENAME=${lib.toLower cfg.codeName}
    VERSION_ID="${cfg.release}"
  '';
}
