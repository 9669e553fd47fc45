# config.txt from options: the names of sections, then keys. Follows nixos-hardware raspberry-pi/common/config-txt.nix.
# Left out: nothing known.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.hardware.raspberry-pi.configtxt;
  inherit (lib) types;

  # A leaf with the sections it lies in; `all` is where one is without any.
  leavesOf =
    sections: value:
    if value == null then
      [ ]
    else if lib.isAttrs value then
      lib.concatLists (lib.mapAttrsToList (name: leavesOf (sections ++ [ name ])) value)
    else
      [
        {
          sections = lib.sort lib.lessThan (lib.remove "all" (lib.init sections));
          key = lib.last sections;
          values = lib.toList value;
        }
      ];
  showValue = value: if lib.isBool value then (if value then "1" else "0") else toString value;
  showLeaf = leaf: lib.concatMapStrings (value: "${leaf.key}=${showValue value}\n") leaf.values;
  groups = lib.groupBy (leaf: lib.concatMapStrings (section: "[${section}]\n") leaf.sections) (
    leavesOf [ ] cfg.settings
  );
  showGroup = header: leaves: header + lib.concatMapStrings showLeaf leaves;
in
{
  options.hardware.raspberry-pi.configtxt = {
    settings = lib.mkOption {
      type =
        let
          atom = types.nullOr (
            types.oneOf [
              types.str
              types.int
              types.bool
            ]
          );
          molecule = types.oneOf [
            atom
            (types.listOf atom)
            (types.attrsOf molecule)
          ];
        in
        types.attrsOf molecule;
      default = { };
      description = "The contents of config.txt: sections (`all`, `pi4`, …), then keys; a list repeats its key.";
    };
    file = lib.mkOption {
      type = types.path;
      default = pkgs.writeText "config.txt" (
        lib.concatStringsSep "\n[all]\n" (lib.mapAttrsToList showGroup groups)
      );
      defaultText = lib.literalExpression "the settings, as a file";
      description = "The config.txt that the firmware partition gets.";
    };
  };
}
