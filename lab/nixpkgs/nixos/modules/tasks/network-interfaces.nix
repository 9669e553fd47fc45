# Follows nixos/modules/tasks/network-interfaces.nix, network-interfaces-scripted.nix and config/networking.nix.
# Leaves out: DHCP (the lab gives a Pi its address, as a DHCP server would), bridges, bonds, VLANs, tunnels, wireless.
{ config, lib, ... }:
let
  inherit (lib) mkOption types;
  cfg = config.networking;

  address = types.submodule {
    options.address = mkOption {
      type = types.str;
      description = "The address.";
    };
    options.prefixLength = mkOption {
      type = types.int;
      description = "The length of the network's part of it.";
    };
  };

  addresses = mkOption {
    type = types.listOf address;
    default = [ ];
    description = "Addresses of the interface.";
  };

  nullOr =
    type: description:
    mkOption {
      type = types.nullOr type;
      default = null;
      inherit description;
    };

  interface =
    { name, ... }:
    {
      options = {
        name = mkOption {
          type = types.str;
          default = name;
          description = "The interface's name.";
        };
        useDHCP = nullOr types.bool "Whether it asks a DHCP server.";
        macAddress = nullOr types.str "Its hardware address.";
        mtu = nullOr types.int "Its largest packet.";
        ipv4.addresses = addresses;
        ipv6.addresses = addresses;
        wakeOnLan.enable = mkOption {
          type = types.bool;
          default = false;
          description = "Accepted.";
        };
      };
    };

  gateway = types.nullOr (
    types.coercedTo types.str (address: { inherit address; }) (
      types.submodule {
        options.address = mkOption {
          type = types.str;
          description = "The gateway's address.";
        };
        options.interface = nullOr types.str "The interface that it is on.";
        options.metric = nullOr types.int "The route's metric.";
      }
    )
  );

  withAddresses = lib.filter (i: i.ipv4.addresses ++ i.ipv6.addresses != [ ]) (lib.attrValues cfg.interfaces);

  cidrs =
    i:
    lib.concatMapStringsSep " " (a: "${a.address}/${toString a.prefixLength}") (
      i.ipv4.addresses ++ i.ipv6.addresses
    );

  # What it has set is in a file, so that a changed unit takes away what the old one had set.
  addressService =
    i:
    lib.nameValuePair "network-addresses-${i.name}" {
      description = "Address configuration of ${i.name}";
      wantedBy = [ "multi-user.target" ];
      before = [ "network.target" ];
      wants = [ "network.target" ];
      stopIfChanged = false;
      serviceConfig.Type = "oneshot";
      serviceConfig.RemainAfterExit = true;
      script = ''
        state=/run/nixos/network/addresses/${i.name}
        mkdir -p "$(dirname "$state")"
        ip link set dev ${i.name} up
        for address in ${cidrs i}; do
          echo "$address" >> "$state"
          echo -n "adding address $address... "
          ip addr replace "$address" dev ${i.name}
          echo done
        done
      '';
      preStop = ''
        state=/run/nixos/network/addresses/${i.name}
        [ -e "$state" ] || exit 0
        while read -r address; do
          echo -n "deleting address $address..."
          ip addr del "$address" dev ${i.name} || echo -n " Failed"
          echo
        done < "$state"
        rm -f "$state"
      '';
    };

  gatewayService.network-setup = {
    description = "Networking Setup";
    wantedBy = [ "multi-user.target" ];
    before = [ "network.target" ];
    after = map (i: "network-addresses-${i.name}.service") withAddresses;
    # The route goes with the address.
    partOf = map (i: "network-addresses-${i.name}.service") withAddresses;
    serviceConfig.Type = "oneshot";
    serviceConfig.RemainAfterExit = true;
    script = "ip route replace default via ${cfg.defaultGateway.address}${
      lib.optionalString (cfg.defaultGateway.interface != null) " dev ${cfg.defaultGateway.interface}"
    }";
  };

  hostLine = ip: names: lib.optionalString (names != [ ]) "${ip} ${lib.concatStringsSep " " names}\n";
in
{
  options.networking = {
    hostName = mkOption {
      type = types.strMatching "^$|^[[:alnum:]]([[:alnum:]_-]{0,61}[[:alnum:]])?$";
      default = "nixos";
      description = "The machine's name.";
    };
    domain = nullOr types.str "The machine's domain.";
    fqdn = mkOption {
      type = types.str;
      default = cfg.hostName + lib.optionalString (cfg.domain != null) ".${cfg.domain}";
      description = "The name with the domain.";
    };
    hostId = nullOr types.str "Accepted.";
    useDHCP = mkOption {
      type = types.bool;
      default = true;
      description = "Whether interfaces ask a DHCP server.";
    };
    usePredictableInterfaceNames = nullOr types.bool "Accepted.";
    enableIPv6 = mkOption {
      type = types.bool;
      default = true;
      description = "Accepted.";
    };
    interfaces = mkOption {
      type = types.attrsOf (types.submodule interface);
      default = { };
      description = "Interfaces.";
    };
    defaultGateway = mkOption {
      type = gateway;
      default = null;
      description = "The default gateway.";
    };
    nameservers = mkOption {
      type = types.listOf types.str;
      default = [ ];
      description = "Name servers.";
    };
    search = mkOption {
      type = types.listOf types.str;
      default = [ ];
      description = "Domains in which names are looked up.";
    };
    hosts = mkOption {
      type = types.attrsOf (types.listOf types.str);
      default = { };
      description = "Names of addresses.";
    };
    extraHosts = mkOption {
      type = types.lines;
      default = "";
      description = "Further lines of /etc/hosts.";
    };
    timeServers = mkOption {
      type = types.listOf types.str;
      default = [ ];
      description = "Accepted.";
    };
  };

  config = {
    networking.hosts."127.0.0.2" = lib.optional (cfg.hostName != "") cfg.fqdn ++ lib.optional (cfg.domain != null) cfg.hostName;

    environment.etc.hosts.text = ''
      127.0.0.1 localhost
      ::1 localhost
      ${lib.concatStrings (lib.mapAttrsToList hostLine cfg.hosts)}
      ${cfg.extraHosts}
    '';
    environment.etc.hostname = lib.mkIf (cfg.hostName != "") { text = cfg.hostName + "\n"; };
    environment.etc."resolv.conf" = lib.mkIf (cfg.nameservers != [ ]) {
      text = lib.concatMapStrings (server: "nameserver ${server}\n") cfg.nameservers
        + lib.optionalString (cfg.search != [ ]) "search ${lib.concatStringsSep " " cfg.search}\n";
    };

    system.activationScripts.hostname = lib.mkIf (cfg.hostName != "") ''
      hostname "${cfg.hostName}"
    '';

    systemd.services = lib.mkIf (!cfg.useNetworkd) (
      lib.listToAttrs (map addressService withAddresses)
      // lib.optionalAttrs (cfg.defaultGateway != null) gatewayService
    );
  };
}
