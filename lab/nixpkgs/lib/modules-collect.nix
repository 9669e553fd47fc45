# From the modules a user names to the flat list of all that they import, each in canonical form.
# Follows nixpkgs lib/modules.nix (collectModules, unifyModuleSyntax, applyModuleArgs). Left out: the module graph, classes.
{ lib }:
let
  inherit (builtins)
    addErrorContext
    attrNames
    concatLists
    elem
    filter
    genericClosure
    head
    isAttrs
    isList
    isString
    ;
  inherit (lib) isFunction unknownModule;

  loadModule =
    args: file: key: m:
    if isFunction m then
      unifyModuleSyntax file key (applyModuleArgs key m args)
    else if isAttrs m then
      (
        if m._type or "module" == "module" then
          unifyModuleSyntax file key m
        else if m._type == "if" || m._type == "override" || m._type == "merge" then
          loadModule args file key {
            _file = file;
            config = m;
          }
        else
          throw "Could not load a value as a module, because it is of type ${lib.escapeNixString m._type}${
            lib.optionalString (file != unknownModule) ", in file ${toString file}"
          }.${lib.optionalString (m._type == "configuration") " If you do intend to import this configuration, please only import the modules that make up the configuration. You may have to create a `let` binding, file or attribute to give yourself access to the relevant modules.\nWhile loading a configuration into the module system is a very sensible idea, it can not be done cleanly in practice."}"
      )
    else if isList m then
      throw "Module imports can't be nested lists. Perhaps you meant to remove one level of lists? Definitions:${
        lib.showDefs [
          {
            inherit file;
            value = m;
          }
        ]
      }"
    else
      loadFile args m;

  loadFile =
    args: path:
    let
      name = toString path;
      content = import path;
    in
    unifyModuleSyntax name name (
      if isFunction content then applyModuleArgs name content args else content
    );

  # Names the arguments that the function asks for, but forwards their values lazily: they may come from the configuration
  # that is being evaluated.
  applyModuleArgs =
    key: f: args:
    let
      forward =
        name: _:
        addErrorContext "while evaluating the module argument `${name}' in \"${key}\":" (
          args.${name} or args.config._module.args.${name}
        );
    in
    f (args // builtins.mapAttrs forward (lib.functionArgs f));

  # `{ imports, options, config }`, with the shorthand (only definitions at the top level) spelled out.
  unifyModuleSyntax =
    file: key: m:
    let
      meta = [
        "_class"
        "_file"
        "disabledModules"
        "freeformType"
        "imports"
        "key"
      ];
      unexpected = removeAttrs m (
        meta
        ++ [
          "config"
          "meta"
          "options"
        ]
      );
      isLong = m ? config || m ? options;
      withFreeform =
        config:
        if m ? freeformType then
          lib.mkMerge [
            config
            { _module.freeformType = m.freeformType; }
          ]
        else
          config;
      withMeta =
        config:
        if m ? meta then
          lib.mkMerge [
            config
            { meta = m.meta; }
          ]
        else
          config;
      canonical = {
        _file = toString m._file or file;
        key = toString m.key or key;
        disabledModules = m.disabledModules or [ ];
        imports = m.imports or [ ];
      };
    in
    if !isAttrs m then
      throw "Expected a module, but found a value of type ${lib.escapeNixString (builtins.typeOf m)}${
        lib.optionalString (file != unknownModule) ", while trying to load a module into ${toString file}"
      }."
    else if isLong && unexpected != { } then
      throw "Module `${key}' has an unsupported attribute `${head (attrNames unexpected)}'. This is caused by introducing a top-level `config' or `options' attribute. Add configuration attributes immediately on the top level instead, or move all of them (namely: ${toString (attrNames unexpected)}) into the explicit `config' attribute."
    else if isLong then
      canonical
      // {
        options = m.options or { };
        config = withFreeform (withMeta (m.config or { }));
      }
    else
      canonical
      // {
        imports = m.require or [ ] ++ m.imports or [ ];
        options = { };
        config = withFreeform (removeAttrs m (meta ++ [ "require" ]));
      };

  # The tree of imports below `modules`: each node is a module, what it imports, and what those disable.
  importTree =
    args: parentFile: parentKey: modules:
    let
      nodes = lib.imap1 (
        n: m:
        let
          module = loadModule args parentFile "${parentKey}:anon-${toString n}" m;
          below = importTree args module._file module.key module.imports;
        in
        {
          inherit (module) key;
          inherit module;
          modules = below.nodes;
          disabled =
            (
              if module.disabledModules == [ ] then
                [ ]
              else
                [
                  {
                    file = module._file;
                    disabled = module.disabledModules;
                  }
                ]
            )
            ++ below.disabled;
        }
      ) modules;
    in
    {
      inherit nodes;
      disabled = concatLists (map (node: node.disabled) nodes);
    };

  disabledKeys =
    modulesPath:
    let
      keyOf =
        file: m:
        if isString m then
          (if builtins.substring 0 1 m == "/" then m else toString modulesPath + "/" + m)
        else if isAttrs m then
          toString (m.key or (throw "Module `${file}` contains a disabledModules item that is an attribute set, presumably a module, that does not have a `key` attribute. That means that the module system doesn't have any means to identify the module that should be disabled."))
        else
          toString m;
    in
    builtins.concatMap (d: map (keyOf d.file) d.disabled);
in
{
  inherit unifyModuleSyntax applyModuleArgs;

  # Every module once, in the order of a breadth-first walk, without the disabled ones.
  collectModules =
    modulesPath: modules: args:
    let
      tree = importTree args unknownModule "" modules;
      disabled = disabledKeys modulesPath tree.disabled;
      enabled = if disabled == [ ] then lib.id else filter (node: !(elem node.key disabled));
    in
    map (node: node.module) (genericClosure {
      startSet = enabled tree.nodes;
      operator = node: enabled node.modules;
    });

  setDefaultModuleLocation = file: m: {
    _file = file;
    imports = [ m ];
  };
}
