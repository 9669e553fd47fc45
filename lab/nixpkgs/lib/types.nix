# The types of options.
# Follows nixpkgs lib/types.nix. Left out: attrTag, pkgs-aware types (shellPackage's check), record, merge protocol v2,
# the documentation of sub-options.
{ lib }:
let
  inherit (builtins)
    all
    concatMap
    elem
    filter
    isAttrs
    isBool
    isFloat
    isFunction
    isInt
    isList
    isString
    length
    ;
  inherit (lib)
    concatStringsSep
    head
    imap1
    last
    mapAttrs
    mergeDefinitions
    optionalAttrs
    showDefs
    showOption
    ;

  # A description with parentheses unless the class of its phrase allows to go without.
  phrase =
    bare: type:
    if elem (type.descriptionClass or null) bare then type.description else "(${type.description})";

  mergeTypes =
    functor: other:
    if functor.name != other.name then
      null
    else if functor ? wrapped && other ? wrapped then
      (
        let
          merged = functor.wrapped.typeMerge other.wrapped.functor;
        in
        if merged == null then null else functor.type merged
      )
    else if functor ? payload && other ? payload then
      (
        let
          merged = functor.binOp functor.payload other.payload;
        in
        if merged == null then null else functor.type merged
      )
    else
      functor.type;

  mkOptionType =
    {
      name,
      description ? name,
      descriptionClass ? null,
      check ? _: true,
      merge ? lib.mergeDefaultOption,
      emptyValue ? { },
      getSubOptions ? _: { },
      getSubModules ? null,
      substSubModules ? _: null,
      functor ? null,
      typeMerge ? null,
      deprecationMessage ? null,
      nestedTypes ? { },
    }:
    let
      self = {
        _type = "option-type";
        inherit
          name
          description
          check
          merge
          emptyValue
          getSubOptions
          getSubModules
          substSubModules
          deprecationMessage
          nestedTypes
          ;
        functor =
          if functor == null then
            {
              inherit name;
              type = self;
            }
          else
            { inherit name; } // functor;
        typeMerge = if typeMerge == null then mergeTypes self.functor else typeMerge;
      }
      // optionalAttrs (descriptionClass != null) { inherit descriptionClass; };
    in
    self;

  simple =
    name: description: check:
    mkOptionType {
      inherit name description check;
      descriptionClass = "noun";
      merge = lib.mergeEqualOption;
    };
  restricted = base: args: addCheck base args.check // removeAttrs args [ "check" ];
  addCheck = type: check: type // { check = x: type.check x && check x; };

  submodules = import ./types-submodule.nix { inherit lib mkOptionType; };
  numbers = import ./types-numbers.nix { inherit lib simple restricted; };

  types =
    submodules
    // numbers
    // {
      unspecified = mkOptionType {
        name = "unspecified";
        description = "unspecified value";
        descriptionClass = "noun";
      };
      raw = mkOptionType {
        name = "raw";
        description = "raw value";
        descriptionClass = "noun";
        merge = lib.mergeOneOption;
      };
      anything = mkOptionType {
        name = "anything";
        description = "anything";
        descriptionClass = "noun";
        merge = import ./types-anything.nix { inherit lib types; };
      };
      bool = simple "bool" "boolean" isBool;
      boolByOr = mkOptionType {
        name = "boolByOr";
        description = "boolean (merged using or)";
        descriptionClass = "noun";
        check = isBool;
        merge = _: builtins.foldl' (acc: def: acc || def.value) false;
      };

      str = simple "str" "string" isString;
      nonEmptyStr = restricted types.str {
        name = "nonEmptyStr";
        description = "non-empty string";
        check = s: builtins.match "[ \t\n]*" s == null;
      };
      singleLineStr = (restricted types.str {
        name = "singleLineStr";
        description = "(optionally newline-terminated) single-line string";
        check = s: builtins.match "[^\n\r]*\n?" s != null;
      }) // {
        merge = loc: defs: lib.removeSuffix "\n" (lib.mergeEqualOption loc defs);
      };
      strMatching =
        pattern:
        restricted types.str {
          name = "strMatching ${lib.escapeNixString pattern}";
          description = "string matching the pattern ${pattern}";
          check = s: builtins.match pattern s != null;
        };
      passwdEntry =
        type:
        restricted type {
          name = "passwdEntry ${type.name}";
          description = "${phrase [ "noun" ] type}, not containing newlines or colons";
          check = s: builtins.match "[^\n:]*" (toString s) != null;
        };
      separatedString =
        sep:
        mkOptionType {
          name = "separatedString";
          description =
            if sep == "" then "Concatenated string" else "strings concatenated with ${builtins.toJSON sep}";
          descriptionClass = "noun";
          check = isString;
          merge = _: defs: concatStringsSep sep (lib.getValues defs);
          functor = {
            payload = sep;
            type = types.separatedString;
            binOp = a: b: if a == b then a else null;
          };
        };
      lines = types.separatedString "\n";
      commas = types.separatedString ",";
      envVar = types.separatedString ":";
      string = types.separatedString "" // {
        name = "string";
        deprecationMessage = "See https://github.com/NixOS/nixpkgs/pull/66346 for better alternative types.";
      };

      path = types.pathWith { absolute = true; };
      pathInStore = types.pathWith { inStore = true; };
      externalPath = types.pathWith {
        absolute = true;
        inStore = false;
      };
      pathWith =
        {
          inStore ? null,
          absolute ? null,
        }:
        mkOptionType {
          name = "path";
          description =
            (if absolute == true then "absolute path" else "path")
            + (
              if inStore == true then
                " in the Nix store"
              else if inStore == false then
                " not in the Nix store"
              else
                ""
            );
          descriptionClass = "noun";
          merge = lib.mergeEqualOption;
          check =
            x:
            let
              stringLike = lib.isStringLike x;
              isAbsolute = builtins.substring 0 1 (toString x) == "/";
              isInStore = lib.hasPrefix "${builtins.storeDir}/" (toString x);
            in
            stringLike
            && (inStore == null || inStore == isInStore)
            && (absolute == null || absolute == isAbsolute);
        };
      package = mkOptionType {
        name = "package";
        description = "package";
        descriptionClass = "noun";
        check = x: lib.isDerivation x || lib.isStorePath x;
        merge =
          loc: defs:
          let
            value = lib.mergeOneOption loc defs;
          in
          if isAttrs value then value else lib.toDerivation value;
      };
      shellPackage = types.package;
      pkgs = types.raw // {
        name = "pkgs";
        description = "Nixpkgs package set";
        check = x: x._type or null == "pkgs";
      };
      optionType = mkOptionType {
        name = "optionType";
        description = "optionType";
        descriptionClass = "noun";
        check = x: x._type or null == "option-type";
        merge = lib.mergeOneOption;
      };

      attrs = mkOptionType {
        name = "attrs";
        description = "attribute set";
        check = isAttrs;
        merge = _: builtins.foldl' (acc: def: acc // def.value) { };
        emptyValue.value = { };
      };
      attrsOf = elemType: types.attrsWith { inherit elemType; };
      lazyAttrsOf =
        elemType:
        types.attrsWith {
          inherit elemType;
          lazy = true;
        };
      attrsWith =
        {
          elemType,
          lazy ? false,
          placeholder ? "name",
        }:
        let
          evaluated =
            loc: defs:
            builtins.zipAttrsWith (name: mergeDefinitions (loc ++ [ name ]) elemType) (
              map (def: mapAttrs (_: value: { inherit (def) file; inherit value; }) def.value) defs
            );
          lazyValue = _: e: e.optionalValue.value or elemType.emptyValue.value or e.mergedValue;
        in
        mkOptionType {
          name = if lazy then "lazyAttrsOf" else "attrsOf";
          description =
            (if lazy then "lazy attribute set" else "attribute set")
            + " of ${phrase [ "noun" "composite" ] elemType}";
          descriptionClass = "composite";
          check = isAttrs;
          merge =
            loc: defs:
            if lazy then
              mapAttrs lazyValue (evaluated loc defs)
            else
              mapAttrs (_: e: e.optionalValue.value) (
                lib.filterAttrs (_: e: e.optionalValue ? value) (evaluated loc defs)
              );
          emptyValue.value = { };
          nestedTypes.elemType = elemType;
          functor = {
            wrapped = elemType;
            type = if lazy then types.lazyAttrsOf else types.attrsOf;
          };
        };
      listOf =
        elemType:
        mkOptionType {
          name = "listOf";
          description = "list of ${phrase [ "noun" "composite" ] elemType}";
          descriptionClass = "composite";
          check = isList;
          merge =
            loc: defs:
            let
              entry =
                n: m: file: value:
                (mergeDefinitions (loc ++ [ "[definition ${toString n}-entry ${toString m}]" ]) elemType [
                  { inherit file value; }
                ]).optionalValue;
              entries = builtins.concatLists (
                imap1 (n: def: imap1 (m: entry n m def.file) def.value) defs
              );
            in
            map (e: e.value) (filter (e: e ? value) entries);
          emptyValue.value = [ ];
          nestedTypes.elemType = elemType;
          functor = {
            wrapped = elemType;
            type = types.listOf;
          };
        };
      nonEmptyListOf =
        elemType:
        addCheck (types.listOf elemType) (list: list != [ ])
        // {
          name = "nonEmptyListOf";
          description = "non-empty ${(types.listOf elemType).description}";
          emptyValue = { };
        };
      unique =
        { message }:
        type:
        mkOptionType {
          name = "unique";
          inherit (type) description check;
          descriptionClass = type.descriptionClass or null;
          merge = lib.mergeUniqueOption {
            inherit message;
            inherit (type) merge;
          };
          functor = {
            wrapped = type;
            type = types.unique { inherit message; };
          };
        };
      uniq = types.unique { message = ""; };

      nullOr =
        elemType:
        mkOptionType {
          name = "nullOr";
          description = "null or ${phrase [ "noun" "conjunction" ] elemType}";
          descriptionClass = "conjunction";
          check = x: x == null || elemType.check x;
          merge =
            loc: defs:
            let
              nulls = lib.count (def: def.value == null) defs;
            in
            if nulls == length defs then
              null
            else if nulls != 0 then
              throw "The option `${showOption loc}` is defined both null and not null, in ${lib.showFiles (lib.getFiles defs)}."
            else
              elemType.merge loc defs;
          emptyValue.value = null;
          nestedTypes.elemType = elemType;
          functor = {
            wrapped = elemType;
            type = types.nullOr;
          };
        };
      enum =
        values:
        let
          show = v: if isString v then ''"${v}"'' else if isBool v then lib.boolToString v else toString v;
        in
        mkOptionType {
          name = "enum";
          description =
            if values == [ ] then
              "impossible (empty enum)"
            else if length values == 1 then
              "value ${show (head values)} (singular enum)"
            else
              "one of ${lib.concatMapStringsSep ", " show values}";
          descriptionClass = if length values < 2 then "noun" else "conjunction";
          check = x: elem x values;
          merge = lib.mergeEqualOption;
          functor = {
            payload = values;
            type = types.enum;
            binOp = a: b: lib.unique (a ++ b);
          };
        };
      either =
        first: second:
        mkOptionType {
          name = "either";
          description = "${phrase [ "noun" "conjunction" ] first} or ${
            phrase [ "noun" "conjunction" "composite" ] second
          }";
          descriptionClass = "conjunction";
          check = x: first.check x || second.check x;
          merge =
            loc: defs:
            let
              values = lib.getValues defs;
            in
            if all first.check values then
              first.merge loc defs
            else if all second.check values then
              second.merge loc defs
            else
              lib.mergeOneOption loc defs;
          nestedTypes = {
            left = first;
            right = second;
          };
        };
      oneOf =
        list:
        if list == [ ] then
          throw "types.oneOf needs to get at least one type in its argument"
        else
          builtins.foldl' types.either (head list) (builtins.tail list);
      coercedTo =
        from: coerce: to:
        mkOptionType {
          name = "coercedTo";
          description = "${phrase [ "noun" ] to} or ${phrase [ "noun" ] from} convertible to it";
          check = x: (from.check x && to.check (coerce x)) || to.check x;
          merge =
            loc: defs:
            to.merge loc (
              map (def: def // { value = if from.check def.value then coerce def.value else def.value; }) defs
            );
          inherit (to) emptyValue;
          nestedTypes = {
            coercedType = from;
            finalType = to;
          };
        };
      functionTo =
        elemType:
        mkOptionType {
          name = "functionTo";
          description = "function that evaluates to a(n) ${phrase [ "noun" "composite" ] elemType}";
          descriptionClass = "composite";
          check = lib.isFunction;
          merge =
            loc: defs: args:
            (mergeDefinitions (loc ++ [ "<function body>" ]) elemType (
              map (def: def // { value = def.value args; }) defs
            )).mergedValue;
        };
      inherit mkOptionType addCheck;
    };
in
{
  inherit types mkOptionType addCheck;
  isOptionType = lib.isType "option-type";
}
