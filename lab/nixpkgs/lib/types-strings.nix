# Follows nixpkgs lib/types.nix: strings, and paths, which are strings too.
{
  lib,
  mkOptionType,
  phrase,
  restricted,
  simple,
}:
let
  inherit (builtins) concatStringsSep isString;

  types = {
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
  };
in
types
