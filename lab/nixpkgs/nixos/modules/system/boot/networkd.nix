# Follows nixos/modules/system/boot/networkd.nix and tasks/network-interfaces-systemd.nix.
# Leaves out: checking the settings, wait-online by default, network devices other than as text.
{ config, lib, pkgs, ... }:
let
  inherit (lib) mkOption types;
  cfg = config.systemd.network;
  systemdLib = import ./systemd-lib.nix { inherit lib pkgs; };

  attrs = mkOption {
    type = types.attrsOf types.raw;
    default = { };
    description = "A section's settings.";
  };

  list =
    type:
    mkOption {
      type = types.listOf type;
      default = [ ];
      description = "A section's settings.";
    };

  network.options = {
    enable = mkOption {
      type = types.bool;
      default = true;
      description = "Whether the file is there.";
    };
    matchConfig = attrs;
    linkConfig = attrs;
    networkConfig = attrs;
    dhcpV4Config = attrs;
    dhcpV6Config = attrs;
    name = mkOption {
      type = types.nullOr types.str;
      default = null;
      description = "The interface's name.";
    };
    DHCP = mkOption {
      type = types.nullOr types.str;
      default = null;
      description = "Whether to ask a DHCP server.";
    };
    address = list types.str;
    gateway = list types.str;
    dns = list types.str;
    domains = list types.str;
    addresses = list types.raw;
    routes = list types.raw;
    extraConfig = mkOption {
      type = types.lines;
      default = "";
      description = "Further lines.";
    };
  };

  # Entries were { addressConfig = { … }; } before they became plain.
  entry = old: e: e.${old} or e;

  text =
    n:
    systemdLib.section "Match" (lib.optionalAttrs (n.name != null) { Name = n.name; } // n.matchConfig)
    + systemdLib.section "Link" n.linkConfig
    + systemdLib.section "Network" (
      lib.optionalAttrs (n.DHCP != null) { inherit (n) DHCP; }
      // lib.optionalAttrs (n.address != [ ]) { Address = n.address; }
      // lib.optionalAttrs (n.gateway != [ ]) { Gateway = n.gateway; }
      // lib.optionalAttrs (n.dns != [ ]) { DNS = n.dns; }
      // lib.optionalAttrs (n.domains != [ ]) { Domains = lib.concatStringsSep " " n.domains; }
      // n.networkConfig
    )
    + systemdLib.section "DHCPv4" n.dhcpV4Config
    + systemdLib.section "DHCPv6" n.dhcpV6Config
    + lib.concatMapStrings (a: systemdLib.section "Address" (entry "addressConfig" a)) n.addresses
    + lib.concatMapStrings (r: systemdLib.section "Route" (entry "routeConfig" r)) n.routes
    + n.extraConfig;

  ofInterfaces = lib.mapAttrs' (
    name: i:
    lib.nameValuePair "40-${name}" {
      inherit name;
      address = map (a: "${a.address}/${toString a.prefixLength}") (i.ipv4.addresses ++ i.ipv6.addresses);
    }
  ) config.networking.interfaces;

  files = lib.mapAttrs' (
    name: n: lib.nameValuePair "systemd/network/${name}.network" { text = text n; }
  ) (lib.filterAttrs (_: n: n.enable) cfg.networks);
in
{
  options.networking.useNetworkd = mkOption {
    type = types.bool;
    default = false;
    description = "Whether systemd-networkd configures the interfaces.";
  };

  options.systemd.network = {
    enable = mkOption {
      type = types.bool;
      default = false;
      description = "Whether systemd-networkd runs.";
    };
    wait-online.enable = mkOption {
      type = types.bool;
      default = false;
      description = "Whether network-online.target waits.";
    };
    networks = mkOption {
      type = types.attrsOf (types.submodule network);
      default = { };
      description = "Files of /etc/systemd/network.";
    };
    netdevs = mkOption {
      type = types.attrsOf types.raw;
      default = { };
      description = "Accepted.";
    };
    links = mkOption {
      type = types.attrsOf types.raw;
      default = { };
      description = "Accepted.";
    };
  };

  config = lib.mkMerge [
    { systemd.network.enable = lib.mkIf config.networking.useNetworkd (lib.mkDefault true); }
    (lib.mkIf cfg.enable {
      environment.etc = files;
      systemd.network.networks = lib.mkIf config.networking.useNetworkd ofInterfaces;

      # Debian's unit, and a reason to restart it.
      systemd.services.systemd-networkd = {
        overrideStrategy = "asDropin";
        wantedBy = [ "multi-user.target" ];
        restartTriggers = lib.mapAttrsToList (name: _: config.environment.etc.${name}.source) files;
        stopIfChanged = false;
      };
      systemd.suppressedSystemUnits = [ "systemd-networkd-wait-online.service" ];
    })
  ];
}
