# Follows nixos/modules/installer/tools/tools.nix. Leaves out: every tool but nixos-generate-config and nixos-version.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  tool =
    name: text:
    pkgs.writeTextFile {
      inherit name text;
      executable = true;
      destination = "/bin/${name}";
    };

  generateConfig = tool "nixos-generate-config" (
    builtins.replaceStrings [ "@release@" ] [ config.system.nixos.release ] (
      builtins.readFile ./nixos-generate-config.sh
    )
  );

  version = tool "nixos-version" ''
    #!/bin/sh
    case ''${1-} in
      --hash | --revision) echo ${toString config.system.nixos.revision} ;;
      --json) echo '${builtins.toJSON { nixosVersion = config.system.nixos.version; }}' ;;
      *) echo "${config.system.nixos.version} (${config.system.nixos.codeName})" ;;
    esac
  '';
in
{
  options.system.tools = lib.genAttrs [ "nixos-generate-config" "nixos-version" "nixos-rebuild" ] (name: {
    enable = lib.mkOption {
      type = lib.types.bool;
      default = true;
      description = "Whether ${name} is there.";
    };
  });

  config.environment.systemPackages =
    lib.optional config.system.tools.nixos-generate-config.enable generateConfig
    ++ lib.optional config.system.tools.nixos-version.enable version;
}
