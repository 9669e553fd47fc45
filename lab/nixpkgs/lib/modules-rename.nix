# Options that moved or went away.
# Follows nixpkgs lib/modules.nix. Left out: mkMergedOptionModule with conditions, mkDerivedConfig's variants.
{ lib }:
let
  inherit (lib)
    attrByPath
    getAttrFromPath
    mkIf
    mkMerge
    mkOption
    mkOverride
    optional
    optionalAttrs
    setAttrByPath
    showFiles
    showOption
    ;
in
rec {
  mkAliasIfDef = option: mkIf (lib.isOption option && option.isDefined);
  mkAliasDefinitions = mkAliasAndWrapDefinitions lib.id;
  mkAliasAndWrapDefinitions = wrap: option: mkAliasIfDef option (wrap (mkMerge option.definitions));
  mkAliasAndWrapDefsWithPriority =
    wrap: option:
    mkAliasIfDef option (
      wrap (mkMerge (map (mkOverride (option.highestPrio or lib.modules.defaultOverridePriority)) option.definitions))
    );
  mkDerivedConfig =
    option: f: mkAliasIfDef option (mkOverride option.highestPrio (f option.value));

  mkRemovedOptionModule =
    path: instructions:
    { options, ... }:
    let
      opt = getAttrFromPath path options;
    in
    {
      options = setAttrByPath path (mkOption {
        visible = false;
        apply =
          _:
          throw "The option `${showOption path}' can no longer be used since it's been removed. ${instructions}";
      });
      config.assertions = [
        {
          assertion = !opt.isDefined;
          message = ''
            The option definition `${showOption path}' in ${showFiles opt.files} no longer has any effect; please remove it.
            ${instructions}
          '';
        }
      ];
    };

  mkRenamedOptionModule =
    from: to:
    doRename {
      inherit from to;
      visible = false;
      warn = true;
      use = lib.warn "Obsolete option `${showOption from}' is used. It was renamed to `${showOption to}'.";
    };
  mkRenamedOptionModuleWith =
    {
      from,
      to,
      sinceRelease,
    }:
    mkRenamedOptionModule from to;
  mkAliasOptionModule =
    from: to:
    doRename {
      inherit from to;
      visible = true;
      warn = false;
      use = lib.id;
    };
  mkAliasOptionModuleMD = mkAliasOptionModule;

  mkChangedOptionModule = from: mkMergedOptionModule [ from ];
  mkMergedOptionModule =
    froms: to: merge:
    { config, options, ... }:
    let
      marker = "_mkMergedOptionModule";
      isSet = path: getAttrFromPath path config != marker;
      warning =
        path:
        "The option `${showOption path}' defined in ${showFiles (getAttrFromPath path options).files} has been changed to `${showOption to}' that has a different type. Please read `${showOption to}' documentation and update your configuration accordingly.";
    in
    {
      options = builtins.foldl' lib.recursiveUpdate { } (
        map (path: setAttrByPath path (mkOption {
          visible = false;
          default = marker;
        })) froms
      );
      config =
        { warnings = map warning (builtins.filter isSet froms); }
        // setAttrByPath to (mkMerge (optional (builtins.any isSet froms) (merge config)));
    };

  doRename =
    {
      from,
      to,
      visible,
      warn,
      use,
      withPriority ? true,
      condition ? true,
    }:
    { config, options, ... }:
    let
      fromOpt = getAttrFromPath from options;
      toValue = attrByPath to (abort "Renaming error: option `${showOption to}' does not exist.") config;
      toType = (attrByPath to { } options).type or null;
      wrap = if withPriority then mkAliasAndWrapDefsWithPriority else mkAliasAndWrapDefinitions;
    in
    {
      options = setAttrByPath from (
        mkOption {
          inherit visible;
          description = "Alias of {option}`${showOption to}`.";
          apply = _: use toValue;
        }
        // optionalAttrs (toType != null) { type = toType; }
      );
      config = mkIf condition (mkMerge [
        (optionalAttrs (options ? warnings) {
          warnings =
            optional (warn && fromOpt.isDefined)
              "The option `${showOption from}' defined in ${showFiles fromOpt.files} has been renamed to `${showOption to}'.";
        })
        (wrap (setAttrByPath to) fromOpt)
      ]);
    };
}
