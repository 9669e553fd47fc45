# The module system: evaluating a list of modules to options and their values.
# Follows nixpkgs lib/modules.nix (split: modules-collect.nix, modules-merge.nix, modules-properties.nix, modules-rename.nix).
# Left out: the `class` check, documentation of _module options, types of merge protocol v2, hints for
# infinite recursion.
{ lib }:
let
  inherit (builtins)
    attrNames
    filter
    head
    length
    seq
    ;
  inherit (lib)
    isOption
    mkOption
    showDefs
    showOption
    types
    ;
  collecting = import ./modules-collect.nix { inherit lib; };
  merging = import ./modules-merge.nix { inherit lib; };
  properties = import ./modules-properties.nix { inherit lib; };
  renames = import ./modules-rename.nix { inherit lib; };

  # The options every evaluation has: how modules get their arguments, and what happens to undeclared values.
  internalModule = moduleArgs: {
    _file = "lib/modules.nix";
    key = "lib/modules.nix";
    options._module = {
      args = mkOption {
        type = types.lazyAttrsOf types.raw;
        internal = true;
      };
      check = mkOption {
        type = types.bool;
        internal = true;
        default = true;
      };
      freeformType = mkOption {
        type = types.nullOr types.optionType;
        internal = true;
        default = null;
      };
      specialArgs = mkOption {
        readOnly = true;
        internal = true;
      };
    };
    config._module = moduleArgs;
  };

  evalModules =
    {
      modules,
      prefix ? [ ],
      specialArgs ? { },
      class ? null,
      args ? { },
      check ? true,
    }@given:
    let
      extendModules =
        extension:
        evalModules (
          given
          // {
            modules = modules ++ extension.modules or [ ];
            specialArgs = specialArgs // extension.specialArgs or { };
            prefix = extension.prefix or prefix;
          }
        );
      internal = internalModule {
        args = args // {
          inherit extendModules moduleType;
        };
        specialArgs = specialArgs;
        check = lib.mkIf (!check) (lib.mkDefault false);
      };
      moduleType = types.submoduleWith {
        inherit modules specialArgs class;
      };
      collected = collecting.collectModules (specialArgs.modulesPath or "") (modules ++ [ internal ]) (
        {
          inherit lib options config;
          _class = class;
          _prefix = prefix;
        }
        // specialArgs
      );
      merged = merging.mergeModules prefix (lib.reverseList collected);
      options = merged.matchedOptions;
      declared = lib.mapAttrsRecursiveCond (v: !isOption v) (_: v: v.value) options;
      freeform = declared._module.freeformType;
      config =
        if freeform == null then
          declared
        else
          lib.recursiveUpdate (freeformConfig prefix freeform merged.unmatchedDefns) declared;
      checked = seq (
        if merged.unmatchedDefns != [ ] && freeform == null && declared._module.check then
          throw (unknownOption prefix options (head merged.unmatchedDefns))
        else
          null
      );
    in
    {
      _type = "configuration";
      options = checked options;
      config = checked (removeAttrs config [ "_module" ]);
      _module = checked config._module;
      inherit extendModules class;
      type = moduleType;
    };

  # Values without an option of their own, merged by the type that the module gave for them.
  freeformConfig =
    prefix: type: unmatched:
    let
      defs = map (def: {
        inherit (def) file;
        value = lib.setAttrByPath def.prefix def.value;
      }) unmatched;
    in
    if defs == [ ] then { } else type.merge prefix defs;

  unknownOption =
    prefix: options: def:
    let
      name = showOption (prefix ++ def.prefix);
      base = "The option `${name}' does not exist. Definition values:${showDefs [ def ]}";
      where = showOption prefix;
      parent = lib.init def.prefix;
      siblings = filter (n: n != "_module") (attrNames (lib.attrByPath parent { } options));
      distance = lib.levenshtein (lib.last def.prefix);
      # With many candidates only near misses are worth naming.
      candidates = if length siblings < 100 then siblings else filter (n: distance n <= 2) siblings;
      nearest = map (n: "`${showOption (prefix ++ parent ++ [ n ])}'") (
        lib.take 3 (lib.sortOn distance candidates)
      );
      suggestion =
        if length nearest < 2 then
          lib.concatStrings nearest
        else
          "${lib.concatStringsSep ", " (lib.init nearest)} or ${lib.last nearest}";
    in
    if attrNames options != [ "_module" ] then
      base + lib.optionalString (nearest != [ ]) "\n\nDid you mean ${suggestion}?"
    else if where == "" then
      "${base}\n\nIt seems as if you're trying to declare an option by placing it into `config' rather than `options'!\n"
    else
      "${base}\n\nHowever there are no options defined in `${where}'. Are you sure you've\ndeclared your options properly? This can happen if you e.g. declared your options in `types.submodule'\nunder `config' rather than `options'.\n";
in
collecting
// merging
// properties
// renames
// {
  inherit evalModules;
}
