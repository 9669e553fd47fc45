# Follows nixos/modules/config/nix.nix, nix-channel.nix, nix-flakes.nix, nix-remote-build.nix and
# services/system/nix-daemon.nix, services/misc/nix-gc.nix.
# Leaves out: checking nix.conf, channels. The nix that runs is the one of the Pi's /usr. What differs from upstream,
# as the lab has no network and no sandbox: `substituters` is empty, and `sandbox` false, unless a configuration sets them.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption types;
  cfg = config.nix;

  value =
    v:
    if v == true then
      "true"
    else if v == false then
      "false"
    else if lib.isList v then
      lib.concatMapStringsSep " " toString v
    else
      toString v;

  settings = lib.concatStrings (
    lib.mapAttrsToList (name: v: lib.optionalString (v != null) "${name} = ${value v}\n") cfg.settings
  );

  strings =
    default: description:
    mkOption {
      type = types.listOf types.str;
      inherit default description;
    };

  flag =
    default: description:
    mkOption {
      type = types.bool;
      inherit default description;
    };
in
{
  options.nix = {
    enable = flag true "Whether Nix is there.";
    package = mkOption {
      type = types.package;
      default = pkgs.nix;
      description = "Accepted; the Pi runs the one of its /usr.";
    };
    checkConfig = flag true "Accepted.";
    channel.enable = flag true "Whether channels can be used.";
    optimise.automatic = flag false "Accepted.";
    extraOptions = mkOption {
      type = types.lines;
      default = "";
      description = "Further lines of nix.conf.";
    };
    nixPath = strings [ "nixos-config=/etc/nixos/configuration.nix" ] "The default of NIX_PATH.";
    registry = mkOption {
      type = types.attrsOf types.raw;
      default = { };
      description = "Accepted.";
    };
    distributedBuilds = flag false "Whether buildMachines are used.";
    buildMachines = mkOption {
      type = types.listOf types.raw;
      default = [ ];
      description = "Accepted.";
    };
    gc = {
      automatic = flag false "Whether garbage is collected regularly.";
      persistent = flag true "Accepted.";
      dates = mkOption {
        type = types.str;
        default = "03:15";
        description = "When garbage is collected.";
      };
      options = mkOption {
        type = types.singleLineStr or types.str;
        default = "";
        description = "Options of nix-collect-garbage.";
      };
    };
    settings = mkOption {
      default = { };
      description = "Settings of /etc/nix/nix.conf.";
      type = types.submodule {
        freeformType = types.attrsOf types.raw;
        options = {
          trusted-users = strings [ ] "Users who may do anything to the store.";
          allowed-users = strings [ "*" ] "Users who may use Nix.";
          substituters = strings [ ] "Binary caches.";
          trusted-public-keys = strings [ ] "Keys of binary caches.";
          system-features = strings [ ] "Features of this machine as a builder.";
          experimental-features = strings [ ] "Features that are tried out.";
          extra-platforms = strings [ ] "Further systems that it builds for.";
          auto-optimise-store = flag false "Whether equal files become one.";
          require-sigs = flag true "Whether paths of others need signatures.";
          sandbox = mkOption {
            type = types.either types.bool (types.enum [ "relaxed" ]);
            default = false;
            description = "Whether builds are isolated.";
          };
          cores = mkOption {
            type = types.int;
            default = 0;
            description = "Cores of a build.";
          };
          max-jobs = mkOption {
            type = types.either types.int (types.enum [ "auto" ]);
            default = "auto";
            description = "Builds at once.";
          };
        };
      };
    };
  };

  config = lib.mkIf cfg.enable {
    nix.settings = {
      trusted-users = [ "root" ];
      # The board's processor is another one.
      system = lib.mkDefault pkgs.stdenv.hostPlatform.system;
      build-users-group = lib.mkDefault "nixbld";
    };

    environment.etc."nix/nix.conf".text = ''
      # WARNING: this file is generated from the nix.* options in
      # your NixOS configuration, typically
      # /etc/nixos/configuration.nix.  Do not edit it!
      ${settings}
      ${cfg.extraOptions}
    '';
    environment.sessionVariables.NIX_PATH = cfg.nixPath;

    # On NixOS everyone may talk to the daemon; Debian's units ask for a group.
    systemd.sockets.nix-daemon = {
      description = "Nix Daemon Socket";
      before = [ "multi-user.target" ];
      wantedBy = [ "sockets.target" ];
      unitConfig.RequiresMountsFor = "/nix/store";
      unitConfig.ConditionPathIsReadWrite = "/nix/var/nix/daemon-socket";
      listenStreams = [ "/nix/var/nix/daemon-socket/socket" ];
    };
    systemd.services.nix-daemon = {
      description = "Nix Daemon";
      requires = [ "nix-daemon.socket" ];
      unitConfig.RequiresMountsFor = "/nix/store";
      # A deployment that changes nix.conf runs through this daemon.
      stopIfChanged = false;
      restartTriggers = [ config.environment.etc."nix/nix.conf".source ];
      serviceConfig = {
        ExecStart = "/usr/bin/nix-daemon --daemon";
        KillMode = "process";
        LimitNOFILE = 1048576;
        TasksMax = 1048576;
        Delegate = "yes";
      };
    };
    systemd.services.nix-gc = lib.mkIf cfg.gc.automatic {
      description = "Nix Garbage Collector";
      script = "exec /usr/bin/nix-collect-garbage ${cfg.gc.options}";
      serviceConfig.Type = "oneshot";
      startAt = [ cfg.gc.dates ];
    };

    system.activationScripts.nix = ''
      install -m 0755 -d /nix/var/nix/{gcroots,temproots,userpool,profiles,db,daemon-socket}
      install -m 1777 -d /nix/var/nix/gcroots/per-user /nix/var/nix/profiles/per-user
      install -m 0755 -d /nix/var/nix/gcroots/per-user/root /nix/var/nix/profiles/per-user/root
      ln -sfn /nix/var/nix/profiles /nix/var/nix/gcroots/profiles
    '';
  };
}
