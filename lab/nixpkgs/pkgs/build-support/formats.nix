# Configuration files from Nix values. Follows nixpkgs pkgs/pkgs-lib/formats.nix.
# Left out: all but json, yaml (as JSON, which YAML includes), ini, keyValue and a flat toml.
{ lib, pkgs }:
let
  inherit (lib) types;
  atom = types.nullOr (
    types.oneOf [
      types.bool
      types.int
      types.float
      types.str
      types.path
    ]
  );
  value =
    types.nullOr (
      types.oneOf [
        types.bool
        types.int
        types.float
        types.str
        types.path
        (types.attrsOf value)
        (types.listOf value)
      ]
    )
    // {
      description = "JSON value";
    };
  textFormat = type: render: {
    inherit type;
    generate = name: content: pkgs.writeText name (render content);
  };
  tomlLines =
    content:
    let
      isTable = v: lib.isAttrs v && !lib.isStringLike v;
    in
    lib.concatStrings (
      lib.mapAttrsToList (n: v: "${builtins.toJSON n} = ${builtins.toJSON v}\n") (
        lib.filterAttrs (_: v: !isTable v) content
      )
      ++ lib.mapAttrsToList (n: v: "[${builtins.toJSON n}]\n${tomlLines v}") (lib.filterAttrs (_: isTable) content)
    );
in
{
  json = _: textFormat value builtins.toJSON;
  yaml = _: textFormat value builtins.toJSON;
  toml = _: textFormat value tomlLines;
  keyValue =
    options:
    textFormat (types.attrsOf (
      if options.listsAsDuplicateKeys or false then types.either atom (types.listOf atom) else atom
    )) (lib.generators.toKeyValue options);
  ini =
    options:
    textFormat (types.attrsOf (
      types.attrsOf (
        if options.listsAsDuplicateKeys or false then types.either atom (types.listOf atom) else atom
      )
    )) (lib.generators.toINI options);
}
