# Follows nixpkgs lib/types.nix: sets and lists of values of one type, and values that may be defined only once.
{
  lib,
  addCheck,
  mkOptionType,
  phrase,
}:
let
  inherit (lib) imap1 mapAttrs mergeDefinitions;
  inherit (builtins) filter isAttrs isList;

  types = {
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
  };
in
types
