# Options that ordinary configurations of a Raspberry Pi set and that have no effect on the lab's Pi: the real NixOS
# modules are nixos/modules/services/networking/{avahi-daemon,firewall,wpa_supplicant,networkmanager,tailscale}.nix,
# services/system/…, virtualisation/docker.nix, programs/*.nix, misc/documentation.nix and so on.
# What still has an effect: programs.<name>.enable adds the package, and defaultEditor sets EDITOR.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption types;

  option =
    type: default:
    mkOption {
      inherit type default;
      description = "As upstream; no effect in the lab.";
    };
  flag = option types.bool;
  ports = option (types.listOf types.port) [ ];
  any = option (types.attrsOf types.raw) { };

  range = types.submodule {
    options.from = option types.port 0;
    options.to = option types.port 0;
  };

  program = name: {
    enable = flag false;
    package = option types.package pkgs.${name};
  };

  # Programs whose option adds a package and nothing else here.
  programs = [
    "git"
    "htop"
    "neovim"
    "tmux"
    "vim"
  ];
in
{
  options = {
    documentation.enable = flag true;
    documentation.man.enable = flag true;
    documentation.nixos.enable = flag true;
    documentation.doc.enable = flag true;
    documentation.info.enable = flag true;

    networking.firewall = {
      enable = flag true;
      allowPing = flag true;
      allowedTCPPorts = ports;
      allowedUDPPorts = ports;
      allowedTCPPortRanges = option (types.listOf range) [ ];
      allowedUDPPortRanges = option (types.listOf range) [ ];
      trustedInterfaces = option (types.listOf types.str) [ ];
      logRefusedConnections = flag true;
      extraCommands = option types.lines "";
      interfaces = any;
    };
    networking.nftables.enable = flag false;
    networking.networkmanager.enable = flag false;
    networking.dhcpcd.enable = flag true;
    networking.wireless = {
      enable = flag false;
      userControlled.enable = flag false;
      interfaces = option (types.listOf types.str) [ ];
      networks = any;
      secretsFile = option (types.nullOr types.path) null;
      iwd.enable = flag false;
    };

    services.avahi = {
      enable = flag false;
      nssmdns4 = flag false;
      nssmdns6 = flag false;
      openFirewall = flag true;
      ipv6 = flag true;
      publish.enable = flag false;
      publish.addresses = flag false;
      publish.domain = flag false;
      publish.hinfo = flag false;
      publish.userServices = flag false;
      publish.workstation = flag false;
    };
    services.resolved.enable = flag false;
    services.timesyncd.enable = flag true;
    services.timesyncd.servers = option (types.listOf types.str) [ ];
    services.fstrim.enable = flag true;
    services.udev.extraRules = option types.lines "";
    services.udev.packages = option (types.listOf types.package) [ ];
    services.getty.autologinUser = option (types.nullOr types.str) null;
    services.xserver.enable = flag false;
    services.xserver.xkb.layout = option types.str "us";
    services.tailscale.enable = flag false;
    virtualisation.docker.enable = flag false;
    virtualisation.podman.enable = flag false;
    security.polkit.enable = flag false;
    security.rtkit.enable = flag false;
    sound.enable = flag false;
    fonts.fontconfig.enable = flag false;
    xdg.icons.enable = flag false;
    xdg.mime.enable = flag false;
    xdg.sounds.enable = flag false;

    programs = lib.genAttrs programs program // {
      neovim = program "neovim" // {
        defaultEditor = flag false;
        viAlias = flag false;
        vimAlias = flag false;
        configure = any;
      };
      vim = program "vim" // {
        defaultEditor = flag false;
      };
      git = program "git" // {
        config = any;
      };
      bash.completion.enable = flag true;
      bash.interactiveShellInit = option types.lines "";
      command-not-found.enable = flag false;
      less.enable = flag true;
      mtr.enable = flag false;
      nano.enable = flag true;
      nix-ld.enable = flag false;
      zsh.enable = flag false;
      fish.enable = flag false;
    };
  };

  config.environment.sessionVariables = lib.mkMerge [
    (lib.mkIf config.programs.neovim.defaultEditor { EDITOR = lib.mkOverride 900 "nvim"; })
    (lib.mkIf config.programs.vim.defaultEditor { EDITOR = lib.mkOverride 900 "vim"; })
  ];

  config.environment.systemPackages = lib.concatMap (
    name: lib.optional config.programs.${name}.enable config.programs.${name}.package
  ) programs;
}
