# Follows nixos/modules/config/{i18n,locale,console,zram}.nix, tasks/cpu-freq.nix and hardware/*.nix where a
# configuration only has to be accepted. What has an effect: time.timeZone (/etc/localtime), console.keyMap
# (/etc/vconsole.conf), i18n (/etc/locale.conf).
{ config, lib, ... }:
let
  inherit (lib) mkOption types;

  option =
    type: default:
    mkOption {
      inherit type default;
      description = "As upstream.";
    };
in
{
  options = {
    time.timeZone = option (types.nullOr types.str) null;
    time.hardwareClockInLocalTime = option types.bool false;
    i18n.defaultLocale = option types.str "en_US.UTF-8";
    i18n.extraLocaleSettings = option (types.attrsOf types.str) { };
    i18n.supportedLocales = option (types.listOf types.str) [ ];
    i18n.extraLocales = option (types.either types.str (types.listOf types.str)) [ ];
    console.enable = option types.bool true;
    console.keyMap = option (types.either types.str types.path) "us";
    console.font = option (types.nullOr types.str) null;
    console.earlySetup = option types.bool false;
    console.useXkbConfig = option types.bool false;
    zramSwap.enable = option types.bool false;
    zramSwap.memoryPercent = option types.int 50;
    zramSwap.algorithm = option types.str "zstd";
    powerManagement.enable = option types.bool true;
    powerManagement.cpuFreqGovernor = option (types.nullOr types.str) null;
  };

  config.environment.etc = {
    "locale.conf".text =
      "LANG=${config.i18n.defaultLocale}\n"
      + lib.concatStrings (lib.mapAttrsToList (name: v: "${name}=${v}\n") config.i18n.extraLocaleSettings);
    "vconsole.conf".text = "KEYMAP=${toString config.console.keyMap}\n";
    localtime = lib.mkIf (config.time.timeZone != null) {
      source = "/usr/share/zoneinfo/${config.time.timeZone}";
      mode = "direct-symlink";
    };
  };
}
