# Follows nixos/modules/services/networking/ssh/sshd.nix and programs/ssh.nix.
# Leaves out: socket activation, the lists of ciphers, moduli, most of the settings' own types. The build checks
# sshd_config with the sshd of the machine that builds.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption types;
  cfg = config.services.openssh;

  value =
    v:
    if lib.isBool v then
      (if v then "yes" else "no")
    else if lib.isList v then
      lib.concatStringsSep " " v
    else
      toString v;

  settings =
    lib.concatStrings (
      lib.mapAttrsToList (name: v: lib.optionalString (v != null) "${name} ${value v}\n") cfg.settings
    );

  configText = ''
    ${settings}
    AddressFamily any
    ${lib.concatMapStrings (port: "Port ${toString port}\n") cfg.ports}
    ${lib.concatMapStrings (
      l: "ListenAddress ${l.addr}${lib.optionalString (l.port != null) ":${toString l.port}"}\n"
    ) cfg.listenAddresses}
    ${lib.optionalString cfg.allowSFTP "Subsystem sftp /usr/lib/openssh/sftp-server"}
    AuthorizedKeysFile ${lib.concatStringsSep " " cfg.authorizedKeysFiles}
    ${lib.concatMapStrings (key: "HostKey ${key.path}\n") cfg.hostKeys}
    ${cfg.extraConfig}
  '';

  generate = key: ''
    if ! [ -s "${key.path}" ]; then
      if ! [ -h "${key.path}" ]; then
        rm -f "${key.path}"
      fi
      mkdir -p "$(dirname '${key.path}')"
      chmod 0755 "$(dirname '${key.path}')"
      ssh-keygen -q -t "${key.type}" ${lib.optionalString (key.bits != null) "-b ${toString key.bits}"} -f "${key.path}" -N ""
    fi
  '';

  keysOf = user: user.openssh.authorizedKeys.keys ++ map lib.fileContents user.openssh.authorizedKeys.keyFiles;

  keyFiles = lib.mapAttrs' (
    _: user:
    lib.nameValuePair "ssh/authorized_keys.d/${user.name}" {
      mode = "0444";
      text = lib.concatMapStrings (key: "${key}\n") (keysOf user);
    }
  ) (lib.filterAttrs (_: user: keysOf user != [ ]) config.users.users);

  userOptions.options.openssh.authorizedKeys = {
    keys = mkOption {
      type = types.listOf types.str;
      default = [ ];
      description = "Public keys that may log in.";
    };
    keyFiles = mkOption {
      type = types.listOf types.path;
      default = [ ];
      description = "Files with public keys that may log in.";
    };
  };

  setting =
    type: default: description:
    mkOption { inherit type default description; };

  host = types.submodule {
    options.addr = mkOption {
      type = types.str;
      description = "The address.";
    };
    options.port = mkOption {
      type = types.nullOr types.int;
      default = null;
      description = "The port.";
    };
  };

  hostKey = types.submodule {
    options = {
      type = mkOption {
        type = types.str;
        description = "The kind of key.";
      };
      path = mkOption {
        type = types.str;
        description = "Its file.";
      };
      bits = mkOption {
        type = types.nullOr types.int;
        default = null;
        description = "Its length.";
      };
    };
  };
in
{
  imports = [
    (lib.mkRenamedOptionModule
      [ "services" "openssh" "passwordAuthentication" ]
      [ "services" "openssh" "settings" "PasswordAuthentication" ]
    )
    (lib.mkRenamedOptionModule
      [ "services" "openssh" "permitRootLogin" ]
      [ "services" "openssh" "settings" "PermitRootLogin" ]
    )
  ];

  options.users.users = mkOption { type = types.attrsOf (types.submodule userOptions); };

  options.services.openssh = {
    enable = setting types.bool false "Whether sshd runs.";
    startWhenNeeded = setting types.bool false "Accepted; sshd always runs.";
    openFirewall = setting types.bool true "Whether the firewall lets sshd through.";
    allowSFTP = setting types.bool true "Whether files can be copied with sftp.";
    ports = setting (types.listOf types.port) [ 22 ] "Ports that sshd listens on.";
    listenAddresses = setting (types.listOf host) [ ] "Addresses that sshd listens on; none means all.";
    extraConfig = setting types.lines "" "Further lines of sshd_config.";
    authorizedKeysInHomedir = setting types.bool true "Whether ~/.ssh/authorized_keys counts.";
    authorizedKeysFiles = setting (types.listOf types.str) [ ] "Files with authorized keys.";
    hostKeys = setting (types.listOf hostKey) [
      {
        type = "rsa";
        # Upstream's has 4096 bits; a shorter one is made in a moment.
        bits = 2048;
        path = "/etc/ssh/ssh_host_rsa_key";
      }
      {
        type = "ed25519";
        path = "/etc/ssh/ssh_host_ed25519_key";
      }
    ] "Host keys; the ones that are missing are made before sshd starts.";
    settings = mkOption {
      default = { };
      description = "Settings of sshd_config.";
      type = types.submodule {
        freeformType = types.attrsOf types.raw;
        options = {
          PermitRootLogin = setting (types.enum [
            "yes"
            "without-password"
            "prohibit-password"
            "forced-commands-only"
            "no"
          ]) "prohibit-password" "Whether root can log in.";
          PasswordAuthentication = setting types.bool true "Whether passwords are accepted.";
          KbdInteractiveAuthentication = setting types.bool true "Whether questions are asked.";
          UsePAM = setting types.bool true "Whether PAM decides.";
          X11Forwarding = setting types.bool false "Whether X11 is forwarded.";
          UseDns = setting types.bool false "Whether clients' names are looked up.";
          PrintMotd = setting types.bool false "Whether the message of the day is shown.";
          StrictModes = setting types.bool true "Whether files' modes are checked.";
          LogLevel = setting types.str "INFO" "How much is logged.";
        };
      };
    };
  };

  options.programs.ssh = {
    startAgent = setting types.bool false "Accepted.";
    extraConfig = setting types.lines "" "Lines of ssh_config.";
    knownHosts = setting (types.attrsOf types.raw) { } "Accepted.";
  };

  config = lib.mkMerge [
    {
      services.openssh.authorizedKeysFiles =
        lib.optional cfg.authorizedKeysInHomedir "%h/.ssh/authorized_keys"
        ++ [ "/etc/ssh/authorized_keys.d/%u" ];
      environment.etc."ssh/ssh_config".text = config.programs.ssh.extraConfig;
    }
    (lib.mkIf cfg.enable {
      environment.etc = keyFiles // {
        "ssh/sshd_config".text = configText;
      };

      system.checks = [
        (pkgs.runCommand "check-sshd-config" { } ''
          /usr/sbin/sshd -G -f ${config.environment.etc."ssh/sshd_config".source} > $out
        '')
      ];

      systemd.services.sshd-keygen = {
        description = "SSH Host Keys Generation";
        unitConfig.ConditionFileNotEmpty = map (key: "|!${key.path}") cfg.hostKeys;
        serviceConfig.Type = "oneshot";
        script = lib.concatMapStrings generate cfg.hostKeys;
      };

      systemd.services.sshd = {
        description = "SSH Daemon";
        wantedBy = [ "multi-user.target" ];
        wants = [ "sshd-keygen.service" ];
        after = [
          "network.target"
          "sshd-keygen.service"
        ];
        stopIfChanged = false;
        restartTriggers = [ config.environment.etc."ssh/sshd_config".source ];
        serviceConfig = {
          Type = "notify";
          Restart = "always";
          ExecStart = "/usr/sbin/sshd -D -f /etc/ssh/sshd_config";
          ExecReload = "/usr/bin/kill -HUP $MAINPID";
          KillMode = "process";
          RuntimeDirectory = "sshd";
          RuntimeDirectoryMode = "0755";
          RuntimeDirectoryPreserve = true;
        };
      };

      networking.firewall.allowedTCPPorts = lib.optionals cfg.openFirewall cfg.ports;
    })
  ];
}
