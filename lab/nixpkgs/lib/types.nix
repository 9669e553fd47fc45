# The types of options.
# Follows nixpkgs lib/types.nix. Left out: attrTag, pkgs-aware types (shellPackage's check), record, merge protocol v2,
# the documentation of sub-options.
{ lib }:
let
  inherit (builtins)
    all
    elem
    isAttrs
    isBool
    isString
    length
    ;
  inherit (lib)
    head
    mergeDefinitions
    optionalAttrs
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
  strings = import ./types-strings.nix {
    inherit
      lib
      mkOptionType
      phrase
      restricted
      simple
      ;
  };
  containers = import ./types-containers.nix {
    inherit
      lib
      addCheck
      mkOptionType
      phrase
      ;
  };

  types =
    submodules
    // numbers
    // strings
    // containers
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
