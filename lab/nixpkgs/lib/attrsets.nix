# Follows nixpkgs lib/attrsets.nix. Left out: updateManyAttrsByPath, cartesianProduct, foldAttrs' relatives, matchAttrs.
{ lib }:
let
  inherit (builtins)
    attrNames
    concatLists
    elemAt
    filter
    foldl'
    head
    isAttrs
    length
    listToAttrs
    mapAttrs
    tail
    zipAttrsWith
    ;
in
rec {
  inherit (builtins)
    attrNames
    attrValues
    catAttrs
    getAttr
    hasAttr
    intersectAttrs
    isAttrs
    listToAttrs
    mapAttrs
    removeAttrs
    zipAttrsWith
    ;

  nameValuePair = name: value: { inherit name value; };
  attrByPath =
    path: default: set:
    if path == [ ] then
      set
    else if isAttrs set && set ? ${head path} then
      attrByPath (tail path) default set.${head path}
    else
      default;
  hasAttrByPath =
    path: set:
    path == [ ] || (isAttrs set && set ? ${head path} && hasAttrByPath (tail path) set.${head path});
  getAttrFromPath =
    path: set:
    attrByPath path (throw (
      "cannot find attribute '" + lib.concatStringsSep "." path + "'"
    )) set;
  setAttrByPath =
    path: value:
    if path == [ ] then value else { ${head path} = setAttrByPath (tail path) value; };
  attrVals = names: set: map (name: set.${name}) names;
  getAttrs = names: set: genAttrs names (name: set.${name});
  filterAttrs = pred: set: removeAttrs set (filter (name: !(pred name set.${name})) (attrNames set));
  filterAttrsRecursive =
    pred: set:
    mapAttrs (_: v: if isAttrs v then filterAttrsRecursive pred v else v) (filterAttrs pred set);
  foldlAttrs =
    f: init: set:
    foldl' (acc: name: f acc name set.${name}) init (attrNames set);
  foldAttrs =
    op: nul: sets:
    zipAttrsWith (_: values: lib.foldr op nul values) sets;
  concatMapAttrs = f: set: foldl' (acc: name: acc // f name set.${name}) { } (attrNames set);
  mapAttrs' = f: set: listToAttrs (mapAttrsToList f set);
  mapAttrsToList = f: set: map (name: f name set.${name}) (attrNames set);
  attrsToList = mapAttrsToList nameValuePair;
  mapAttrsRecursive = mapAttrsRecursiveCond (_: true);
  mapAttrsRecursiveCond =
    cond: f: set:
    let
      recurse =
        path: mapAttrs (
          name: value:
          if isAttrs value && cond value then
            recurse (path ++ [ name ]) value
          else
            f (path ++ [ name ]) value
        );
    in
    recurse [ ] set;
  collect =
    pred: value:
    if pred value then
      [ value ]
    else if isAttrs value then
      concatLists (map (collect pred) (builtins.attrValues value))
    else
      [ ];
  genAttrs = names: f: listToAttrs (map (name: nameValuePair name (f name)) names);
  genAttrs' = xs: f: listToAttrs (map f xs);
  optionalAttrs = condition: set: if condition then set else { };
  zipAttrs = zipAttrsWith (_: values: values);
  zipAttrsWithNames =
    names: f: sets:
    genAttrs names (name: f name (builtins.catAttrs name sets));
  mergeAttrsList = foldl' (a: b: a // b) { };
  recursiveUpdateUntil =
    stop: lhs: rhs:
    let
      merge =
        path: zipAttrsWith (
          name: values:
          let
            here = path ++ [ name ];
            old = elemAt values 1;
            new = head values;
          in
          if length values == 1 || stop here old new then new else merge here values
        );
    in
    merge [ ] [
      rhs
      lhs
    ];
  recursiveUpdate = recursiveUpdateUntil (
    _: lhs: rhs:
    !(isAttrs lhs && isAttrs rhs)
  );
  isType = type: value: value._type or "" == type;
  setType = type: value: value // { _type = type; };
  isDerivation = value: value.type or null == "derivation";
  recurseIntoAttrs = set: set // { recurseForDerivations = true; };
  dontRecurseIntoAttrs = set: set // { recurseForDerivations = false; };
  toDerivation =
    path:
    let
      storePath = builtins.storePath path;
    in
    {
      type = "derivation";
      name = lib.strings.sanitizeDerivationName (
        builtins.substring 33 (-1) (baseNameOf storePath)
      );
      outPath = storePath;
      outputs = [ "out" ];
      outputName = "out";
    };

  # The output of a package that a purpose needs, for packages of one or of many outputs.
  getOutput =
    output: pkg:
    if pkg.outputSpecified or false then pkg else pkg.${output} or pkg.out or pkg;
  getFirstOutput =
    candidates: pkg:
    let
      outputs = filter (name: pkg ? ${name}) candidates;
    in
    if pkg.outputSpecified or false || outputs == [ ] then pkg else pkg.${head outputs};
  getBin = getOutput "bin";
  getLib = getOutput "lib";
  getDev = getOutput "dev";
  getMan = getOutput "man";
  chooseDevOutputs = map getDev;
}
