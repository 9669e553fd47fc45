# Follows nixpkgs lib/generators.nix. Left out: toDconfINI, toGitINI, toLua, toPlist, toDhall.
{ lib }:
let
  inherit (builtins) isAttrs isList;
in
rec {
  mkValueStringDefault =
    _: v:
    if builtins.isBool v then
      lib.boolToString v
    else if v == null then
      "null"
    else if isList v || lib.isFunction v || (isAttrs v && !lib.isStringLike v) then
      throw "generators.mkValueStringDefault: this value is not supported: ${toPretty { } v}"
    else
      toString v;

  mkKeyValueDefault =
    {
      mkValueString ? mkValueStringDefault { },
    }:
    sep: k: v:
    "${lib.escape [ sep ] k}${sep}${mkValueString v}";

  toKeyValue =
    {
      mkKeyValue ? mkKeyValueDefault { } "=",
      listsAsDuplicateKeys ? false,
      indent ? "",
    }:
    attrs:
    let
      lines =
        k: v:
        if listsAsDuplicateKeys && isList v then map (mkKeyValue k) v else [ (mkKeyValue k v) ];
    in
    lib.concatMapStrings (line: "${indent}${line}\n") (lib.concatLists (lib.mapAttrsToList lines attrs));

  toINI =
    {
      mkSectionName ? lib.escape [
        "["
        "]"
      ],
      mkKeyValue ? mkKeyValueDefault { } "=",
      listsAsDuplicateKeys ? false,
    }:
    sections:
    lib.concatStringsSep "\n" (
      lib.mapAttrsToList (
        name: attrs: "[${mkSectionName name}]\n" + toKeyValue { inherit mkKeyValue listsAsDuplicateKeys; } attrs
      ) sections
    );

  toINIWithGlobalSection =
    options:
    {
      globalSection,
      sections ? { },
    }:
    lib.optionalString (globalSection != { }) (
      toKeyValue (removeAttrs options [ "mkSectionName" ]) globalSection + "\n"
    )
    + toINI options sections;

  toJSON = _: builtins.toJSON;
  toYAML = toJSON;

  # A value whose parts below `depthLimit` are cut off (or an error): keeps printing of cyclic values finite.
  withRecursion =
    {
      depthLimit,
      throwOnDepthLimit ? true,
    }:
    let
      opaque = [
        "__functor"
        "__functionArgs"
        "__toString"
        "__pretty"
        "drvPath"
        "outPath"
      ];
      cut =
        if throwOnDepthLimit then
          throw "Exceeded maximum eval-depth limit of ${toString depthLimit} while trying to evaluate with `generators.withRecursion'!"
        else
          "<unevaluated>";
      at =
        depth: v:
        if depth > depthLimit then
          (if isAttrs v || isList v then cut else v)
        else if lib.isDerivation v then
          v
        else if isAttrs v then
          builtins.mapAttrs (name: value: if lib.elem name opaque then value else at (depth + 1) value) v
        else if isList v then
          map (at (depth + 1)) v
        else
          v;
    in
    at 0;

  # A value as Nix text, for people: error messages print definitions with it.
  toPretty =
    {
      allowPrettyValues ? false,
      multiline ? true,
      indent ? "",
    }:
    let
      go =
        indent: v:
        let
          open = if multiline then "\n${indent}  " else " ";
          close = if multiline then "\n${indent}" else " ";
          inner = go (indent + "  ");
        in
        if v == null then
          "null"
        else if builtins.isBool v then
          lib.boolToString v
        else if builtins.isInt v then
          toString v
        else if builtins.isFloat v then
          builtins.toJSON v
        else if builtins.isString v then
          string indent v
        else if builtins.isPath v then
          toString v
        else if builtins.isFunction v then
          showFunction v
        else if isList v then
          (if v == [ ] then "[ ]" else "[" + open + lib.concatMapStringsSep open inner v + close + "]")
        else if isAttrs v then
          showAttrs inner open close v
        else
          abort "generators.toPretty: should never happen (v = ${builtins.typeOf v})";

      string =
        indent: v:
        let
          lines = lib.filter builtins.isString (builtins.split "\n" v);
          escaped = map (lib.replaceStrings [ "\${" "''" ] [ "''\${" "'''" ]) lines;
          separator = if multiline then "\n${indent}  " else " ";
        in
        if multiline && lib.length lines > 1 then
          "''" + separator + lib.concatStringsSep separator (lib.init escaped)
          + (if lib.last escaped == "" then "\n${indent}" else separator + lib.last escaped)
          + "''"
        else
          "\"" + lib.replaceStrings [ "\n" ] [ "\\n" ] (lib.escape [ "\\" "\"" ] (lib.replaceStrings [ "\${" ] [ "\\\${" ] v)) + "\"";

      showFunction =
        f:
        let
          args = builtins.functionArgs f;
          names = lib.concatStringsSep ", " (
            lib.mapAttrsToList (name: hasDefault: if hasDefault then name + "?" else name) args
          );
        in
        if args == { } then "<function>" else "<function, args: {${names}}>";

      showAttrs =
        inner: open: close: v:
        if v ? __pretty && v ? val then
          (if allowPrettyValues then v.__pretty v.val else "<pretty value>")
        else if v == { } then
          "{ }"
        else if v.type or null == "derivation" then
          "<derivation ${v.name or "???"}>"
        else if v ? __functor then
          showFunction (v.__functor v)
        else
          "{"
          + open
          + lib.concatStringsSep open (
            lib.mapAttrsToList (name: value: "${lib.strings.escapeNixIdentifier name} = ${inner value};") v
          )
          + close
          + "}";
    in
    go indent;
}
