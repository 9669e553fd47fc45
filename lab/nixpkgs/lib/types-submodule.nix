# Follows nixpkgs lib/types.nix: submodule, submoduleWith, deferredModule.
{ lib, mkOptionType }:
rec {
  submodule =
    modules:
    submoduleWith {
      shorthandOnlyDefinesConfig = true;
      modules = lib.toList modules;
    };

  submoduleWith =
    {
      modules,
      specialArgs ? { },
      shorthandOnlyDefinesConfig ? false,
      description ? null,
      class ? null,
    }@attrs:
    let
      base = lib.evalModules {
        inherit specialArgs class;
        modules = [ { _module.args.name = lib.mkOptionDefault "‹name›"; } ] ++ modules;
      };
      toModule =
        { value, file, ... }:
        if shorthandOnlyDefinesConfig && builtins.isAttrs value then
          {
            _file = file;
            config = value;
          }
        else
          {
            _file = file;
            imports = [ value ];
          };
    in
    mkOptionType {
      name = "submodule";
      description =
        if description != null then description else base._module.freeformType.description or "submodule";
      check = x: builtins.isAttrs x || lib.isFunction x || lib.types.path.check x;
      merge =
        loc: defs:
        (base.extendModules {
          modules = [ { _module.args.name = lib.last loc; } ] ++ map toModule defs;
          prefix = loc;
        }).config;
      emptyValue.value = { };
      getSubModules = modules;
      getSubOptions =
        prefix: (base.extendModules { inherit prefix; }).options;
      nestedTypes = { };
      functor = {
        payload = attrs;
        type = submoduleWith;
        binOp = a: b: a // b // { modules = a.modules ++ b.modules; };
      };
    };

  deferredModule = deferredModuleWith { };
  deferredModuleWith =
    {
      staticModules ? [ ],
    }:
    mkOptionType {
      name = "deferredModule";
      description = "module";
      descriptionClass = "noun";
      check = x: builtins.isAttrs x || lib.isFunction x || lib.types.path.check x;
      merge = loc: defs: {
        imports =
          staticModules
          ++ map (def: lib.setDefaultModuleLocation "${def.file}, via option ${lib.showOption loc}" def.value) defs;
      };
    };
}
