# Follows nixpkgs lib/strings.nix. Left out: path-from-store parsing, levenshtein beyond the plain distance, CMake/Meson
# flags, toInt variants for other bases, isValidPosixName's relatives.
{ lib }:
let
  inherit (builtins)
    concatStringsSep
    elem
    filter
    isList
    replaceStrings
    split
    stringLength
    substring
    ;
  lower = lib.stringToCharacters "abcdefghijklmnopqrstuvwxyz";
  upper = lib.stringToCharacters "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
in
rec {
  inherit (builtins)
    concatStringsSep
    fromJSON
    isString
    match
    parseDrvName
    readFile
    replaceStrings
    split
    storeDir
    stringLength
    substring
    tail
    toJSON
    unsafeDiscardStringContext
    typeOf
    hasContext
    ;

  concatStrings = concatStringsSep "";
  concatMapStrings = f: list: concatStrings (map f list);
  concatImapStrings = f: list: concatStrings (lib.imap1 f list);
  concatMapStringsSep =
    sep: f: list:
    concatStringsSep sep (map f list);
  concatImapStringsSep =
    sep: f: list:
    concatStringsSep sep (lib.imap1 f list);
  concatMapAttrsStringSep =
    sep: f: attrs:
    concatStringsSep sep (lib.mapAttrsToList f attrs);
  concatLines = concatMapStrings (s: s + "\n");
  intersperse =
    separator: list:
    if list == [ ] then
      [ ]
    else
      builtins.tail (
        lib.concatMap (x: [
          separator
          x
        ]) list
      );
  replicate = n: s: concatStrings (lib.replicate n s);
  optionalString = condition: s: if condition then s else "";
  join = concatStringsSep;

  hasPrefix = prefix: s: substring 0 (stringLength prefix) s == prefix;
  hasSuffix =
    suffix: s:
    let
      from = stringLength s - stringLength suffix;
    in
    from >= 0 && substring from (-1) s == suffix;
  hasInfix = infix: s: builtins.length (split (escapeRegex infix) "${s}") > 1;
  removePrefix =
    prefix: s: if hasPrefix prefix s then substring (stringLength prefix) (-1) s else s;
  removeSuffix =
    suffix: s:
    if hasSuffix suffix s then substring 0 (stringLength s - stringLength suffix) s else s;
  stringToCharacters = s: builtins.genList (n: substring n 1 s) (stringLength s);
  stringAsChars = f: s: concatMapStrings f (stringToCharacters s);
  splitString =
    sep: s: map (addContextFrom s) (filter (part: !(isList part)) (split (escapeRegex (toString sep)) (toString s)));
  addContextFrom = from: to: substring 0 0 from + to;
  toLower = replaceStrings upper lower;
  toUpper = replaceStrings lower upper;
  toSentenceCase = s: toUpper (substring 0 1 s) + toLower (substring 1 (-1) s);
  trim = trimWith {
    start = true;
    end = true;
  };
  trimWith =
    {
      start ? false,
      end ? false,
    }:
    s:
    let
      space = "[ \t\r\n]*";
      pattern =
        if start && end then
          "${space}(.*[^ \t\r\n])${space}"
        else if start then
          "${space}(.*)"
        else
          "(.*[^ \t\r\n])${space}";
      found = builtins.match pattern s;
    in
    if !start && !end then s else addContextFrom s (if found == null then "" else builtins.head found);

  escape = chars: replaceStrings chars (map (c: "\\${c}") chars);
  escapeRegex = escape (stringToCharacters "\\[{()^$?*+|.");
  escapeShellArg =
    arg:
    let
      string = toString arg;
    in
    if builtins.match "[[:alnum:],._+:@%/-]+" string == null then
      "'${replaceStrings [ "'" ] [ "'\\''" ] string}'"
    else
      string;
  escapeShellArgs = concatMapStringsSep " " escapeShellArg;
  isValidPosixName = name: builtins.match "[a-zA-Z_][a-zA-Z0-9_]*" name != null;
  toShellVar =
    name: value:
    lib.throwIfNot (isValidPosixName name) "toShellVar: ${name} is not a valid shell variable name" (
      if builtins.isAttrs value && !isStringLike value then
        "declare -A ${name}=(${
          concatStringsSep " " (lib.mapAttrsToList (n: v: "[${escapeShellArg n}]=${escapeShellArg v}") value)
        })"
      else if isList value then
        "declare -a ${name}=(${escapeShellArgs value})"
      else
        "${name}=${escapeShellArg value}"
    );
  toShellVars = vars: concatStringsSep "\n" (lib.mapAttrsToList toShellVar vars);
  escapeNixString = s: replaceStrings [ "$" ] [ "\\$" ] (builtins.toJSON s);
  escapeNixIdentifier =
    s: if builtins.match "[a-zA-Z_][a-zA-Z0-9_'-]*" s != null then s else escapeNixString s;
  escapeXML =
    replaceStrings
      [ "\"" "'" "<" ">" "&" ]
      [ "&quot;" "&apos;" "&lt;" "&gt;" "&amp;" ];

  makeSearchPath =
    subDir: paths: concatStringsSep ":" (map (path: path + "/" + subDir) (filter (x: x != null) paths));
  makeSearchPathOutput =
    output: subDir: pkgs:
    makeSearchPath subDir (map (lib.getOutput output) pkgs);
  makeLibraryPath = makeSearchPathOutput "lib" "lib";
  makeBinPath = makeSearchPathOutput "bin" "bin";
  normalizePath =
    s: replaceStrings [ "//" ] [ "/" ] (if hasInfix "///" s then replaceStrings [ "///" ] [ "/" ] s else s);

  isStringLike = x: builtins.isString x || builtins.isPath x || x ? outPath || x ? __toString;
  isConvertibleWithToString =
    x:
    isStringLike x
    || x == null
    || builtins.isInt x
    || builtins.isFloat x
    || builtins.isBool x
    || (isList x && builtins.all isConvertibleWithToString x);
  isStorePath =
    x:
    isStringLike x
    && (
      let
        s = toString x;
      in
      substring 0 1 s == "/" && dirOf s == builtins.storeDir
    );

  toInt =
    s:
    let
      found = builtins.match "[[:space:]]*(-?)0*([0-9]+)[[:space:]]*" s;
    in
    if found == null then
      throw "toInt: Could not convert ${escapeNixString s} to int."
    else
      builtins.fromJSON (concatStrings found);
  fixedWidthString =
    width: filler: s:
    let
      missing = width - stringLength s;
    in
    assert missing >= 0;
    replicate missing filler + s;
  fixedWidthNumber = width: n: fixedWidthString width "0" (toString n);
  floatToString = toString;
  fileContents = file: removeSuffix "\n" (builtins.readFile file);
  readPathsFromFile =
    root: file:
    map (line: root + "/${line}") (filter (line: line != "" && !(hasPrefix "#" line)) (splitString "\n" (fileContents file)));
  sanitizeDerivationName =
    s:
    let
      clean = concatStrings (
        map (part: if isList part then "-" else part) (split "[^[:alnum:]+._?=-]+" (lib.unsafeDiscardStringContext s))
      );
      name = removePrefix "." clean;
    in
    if name == "" then "unknown" else substring (lib.max (stringLength name - 207) 0) (-1) name;

  versionOlder = a: b: builtins.compareVersions b a == 1;
  versionAtLeast = a: b: !versionOlder a b;
  getName = x: if builtins.isString x then (builtins.parseDrvName x).name else x.pname or (builtins.parseDrvName x.name).name;
  getVersion = x: if builtins.isString x then (builtins.parseDrvName x).version else x.version or (builtins.parseDrvName x.name).version;
  nameFromURL = url: sep: builtins.head (splitString sep (lib.last (splitString "/" url)));
  enableFeature = flag: feature: "--${if flag then "enable" else "disable"}-${feature}";
  withFeature = flag: feature: "--${if flag then "with" else "without"}-${feature}";
  enableFeatureAs = flag: feature: value: enableFeature flag feature + optionalString flag "=${value}";
  withFeatureAs = flag: feature: value: withFeature flag feature + optionalString flag "=${value}";

  commonPrefixLength =
    a: b:
    let
      limit = lib.min (stringLength a) (stringLength b);
      go = n: if n >= limit || substring n 1 a != substring n 1 b then n else go (n + 1);
    in
    go 0;

  # Edit distance by dynamic programming, one row at a time.
  levenshtein =
    a: b:
    let
      left = stringToCharacters a;
      right = stringToCharacters b;
      width = builtins.length right;
      nextRow =
        { index, row }:
        char:
        {
          index = index + 1;
          row =
            builtins.foldl'
              (
                cells: n:
                cells
                ++ [
                  (lib.min (lib.min (lib.last cells + 1) (builtins.elemAt row (n + 1) + 1)) (
                    builtins.elemAt row n + (if builtins.elemAt right n == char then 0 else 1)
                  ))
                ]
              )
              [ (index + 1) ]
              (builtins.genList lib.id width);
        };
    in
    lib.last
      (builtins.foldl' nextRow {
        index = 0;
        row = builtins.genList lib.id (width + 1);
      } left).row;
}
