# Follows nixpkgs lib/types.nix: the merge of `anything`.
{ lib, types }:
let
  merge =
    loc: defs:
    let
      kindOf = value: if lib.isStringLike value && builtins.isAttrs value then "stringCoercibleSet" else builtins.typeOf value;
      kind = kindOf (lib.head defs).value;
      sameKind = builtins.all (def: kindOf def.value == kind) defs;
      mergeSets = (types.lazyAttrsOf types.anything).merge;
      mergeFunctions =
        loc: defs: x:
        types.anything.merge (loc ++ [ "<function body>" ]) (
          map (def: { inherit (def) file; value = def.value x; }) defs
        );
      mergeLists =
        loc: defs:
        if lib.length defs > 1 then lib.mergeOneOption loc defs else (types.listOf types.anything).merge loc defs;
      byKind = {
        set = mergeSets;
        list = mergeLists;
        lambda = mergeFunctions;
      };
    in
    if !sameKind then
      throw "The option `${lib.showOption loc}' has conflicting option types in ${lib.showFiles (lib.getFiles defs)}"
    else
      (byKind.${kind} or lib.mergeEqualOption) loc defs;
in
merge
