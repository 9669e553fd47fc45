# From modules in canonical form to options with values.
# Follows nixpkgs lib/modules.nix (mergeModules, mergeOptionDecls, evalOptionValue, mergeDefinitions). Left out: see modules.nix.
{ lib }:
let
  inherit (builtins)
    addErrorContext
    all
    any
    attrNames
    concatLists
    concatMap
    filter
    foldl'
    head
    isAttrs
    length
    mapAttrs
    typeOf
    zipAttrsWith
    ;
  inherit (lib)
    dischargeProperties
    isOption
    mkOption
    mkOptionDefault
    optional
    pushDownProperties
    showDefs
    showFiles
    showOption
    sortProperties
    types
    ;
  inherit (lib.modules) filterOverrides';

  mergeModules =
    prefix: modules:
    mergeDeclarations prefix modules (
      concatMap (
        m:
        map (config: {
          file = m._file;
          inherit config;
        }) (pushDownProperties m.config)
      ) modules
    );

  # Descend into the declared options, taking along the definitions that belong below; what is left over is unmatched.
  mergeDeclarations =
    prefix: declarations: definitions:
    let
      declsByName = zipAttrsWith (_: concatLists) (
        map (
          module:
          if isAttrs module.options then
            mapAttrs (_: options: [
              {
                inherit (module) _file;
                inherit options;
              }
            ]) module.options
          else
            throw "The option declarations in `${module._file}' for `${showOption prefix}' are not an attribute set."
        ) declarations
      );
      sets = map (
        def: if isAttrs def.config then def else throw (notASet prefix def)
      ) definitions;
      rawByName = zipAttrsWith (_: concatLists) (
        map (
          def:
          mapAttrs (_: value: [
            {
              inherit (def) file;
              inherit value;
            }
          ]) def.config
        ) sets
      );
      pushed =
        name:
        concatMap (
          def:
          map (config: {
            inherit (def) file;
            inherit config;
          }) (pushDownProperties def.value)
        ) (rawByName.${name} or [ ]);
      results = mapAttrs (
        name: decls: mergeName (prefix ++ [ name ]) decls (rawByName.${name} or [ ]) (pushed name)
      ) declsByName;
      undeclared = removeAttrs rawByName (attrNames declsByName);
      withPrefix = name: map (def: def // { prefix = [ name ] ++ def.prefix or [ ]; });
    in
    {
      matchedOptions = mapAttrs (_: r: r.matchedOptions) results;
      unmatchedDefns = concatLists (
        lib.mapAttrsToList withPrefix (mapAttrs (_: r: r.unmatchedDefns) results // undeclared)
      );
    };

  mergeName =
    loc: decls: raw: pushed:
    let
      isDeclaration = decl: isOption decl.options;
      options = filter isDeclaration decls;
      nested = filter (decl: !isDeclaration decl) decls;
    in
    if nested == [ ] then
      {
        matchedOptions = evalOptionValue loc (mergeOptionDecls loc decls) raw;
        unmatchedDefns = [ ];
      }
    else if options == [ ] then
      mergeDeclarations loc decls pushed
    else if all (decl: decl.options.type.name or null == "submodule") options then
      mergeName loc (map asSubmodule decls) raw pushed
    else
      throw "The option `${showOption loc}' in module `${(head options)._file}' would be a parent of the following options, but its type `${(head options).options.type.description or "<no description>"}' does not support nested options.\n${showNested loc nested}";

  # Options declared below an option that is a submodule become options of that submodule.
  asSubmodule =
    decl:
    if isOption decl.options then
      decl
    else
      decl
      // {
        options = mkOption {
          type = types.submoduleWith {
            modules = [ { inherit (decl) options; } ];
            shorthandOnlyDefinesConfig = true;
          };
        };
      };

  showNested =
    loc: decls:
    lib.concatStringsSep "\n" (
      concatMap (
        decl:
        map (name: "- option(s) with prefix `${showOption (loc ++ [ name ])}' in module `${decl._file}'") (
          attrNames decl.options
        )
      ) decls
    );

  notASet =
    prefix: def:
    let
      path = lib.concatStringsSep "." prefix;
    in
    ''
      In module `${def.file}', you're trying to define a value of type `${typeOf def.config}'
      rather than an attribute set for the option
      `${path}'!

      This usually happens if `${path}' has option
      definitions inside that are not matched. Please check how to properly define
      this option by e.g. referring to `man 5 configuration.nix'!
    '';

  # Several declarations of one option make one, if their types merge and only one of them gives each other attribute.
  mergeOptionDecls =
    loc: decls:
    foldl'
      (
        acc: decl:
        let
          both = name: acc ? ${name} && decl.options ? ${name};
          merged = acc.type.typeMerge decl.options.type.functor;
          typesClash = both "type" && merged == null;
          clash = typesClash || any both [ "default" "example" "description" "apply" ];
        in
        if clash then
          throw "The option `${showOption loc}' in `${decl._file}' is already declared in ${showFiles acc.declarations}."
        else
          decl.options
          // acc
          // { declarations = acc.declarations ++ [ decl._file ]; }
          // lib.optionalAttrs (both "type") { type = merged; }
      )
      {
        inherit loc;
        declarations = [ ];
      }
      decls;

  evalOptionValue =
    loc: declared: defs:
    let
      opt = { type = types.unspecified; } // declared;
      withDefault =
        optional (opt ? default) {
          file = head opt.declarations;
          value = mkOptionDefault opt.default;
        }
        ++ defs;
      single = def: def // { value = (mergeDefinitions loc opt.type [ def ]).mergedValue; };
      res =
        if opt.readOnly or false && length withDefault > 1 then
          throw "The option `${showOption loc}' is read-only, but it's set multiple times. Definition values:${showDefs (map single withDefault)}"
        else
          mergeDefinitions loc opt.type withDefault;
      value = if opt ? apply then opt.apply res.mergedValue else res.mergedValue;
      deprecated =
        if opt.type.deprecationMessage or null == null then
          lib.id
        else
          lib.warn "The type `types.${opt.type.name}' of option `${showOption loc}' defined in ${showFiles opt.declarations} is deprecated. ${opt.type.deprecationMessage}";
    in
    deprecated opt
    // {
      value = addErrorContext "while evaluating the option `${showOption loc}':" value;
      inherit (res) highestPrio isDefined;
      definitions = map (def: def.value) res.defsFinal;
      definitionsWithLocations = res.defsFinal;
      files = map (def: def.file) res.defsFinal;
      __toString = _: showOption loc;
    };

  mergeDefinitions =
    loc: type: defs:
    let
      discharged = concatMap (
        def:
        map (value: {
          inherit (def) file;
          inherit value;
        }) (addErrorContext "while evaluating definitions from `${def.file}':" (dischargeProperties def.value))
      ) defs;
      overridden = filterOverrides' discharged;
      isOrdered = any (def: def.value._type or "" == "order") overridden.values;
      invalid = filter (def: !(type.check def.value)) defsFinal;
      defsFinal = if isOrdered then sortProperties overridden.values else overridden.values;
      isDefined = defsFinal != [ ];
      mergedValue =
        if !isDefined then
          throw "The option `${showOption loc}' was accessed but has no value defined. Try setting the option."
        else if all (def: type.check def.value) defsFinal then
          type.merge loc defsFinal
        else
          throw "A definition for option `${showOption loc}' is not of type `${type.description}'. Definition values:${showDefs invalid}";
    in
    {
      inherit defsFinal isDefined mergedValue;
      inherit (overridden) highestPrio;
      optionalValue = lib.optionalAttrs isDefined { value = mergedValue; };
    };
in
{
  inherit
    evalOptionValue
    mergeDefinitions
    mergeModules
    mergeOptionDecls
    ;
}
