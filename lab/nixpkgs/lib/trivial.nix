# Follows nixpkgs lib/trivial.nix. Left out: bit operations, toHexString and friends, release codename.
{ lib }:
rec {
  id = x: x;
  const = x: _: x;
  pipe = builtins.foldl' (value: f: f value);
  flip =
    f: a: b:
    f b a;
  concat = a: b: a ++ b;
  or = a: b: a || b;
  and = a: b: a && b;
  xor = a: b: a != b;
  boolToString = b: if b then "true" else "false";
  boolToYesNo = b: if b then "yes" else "no";
  mergeAttrs = a: b: a // b;
  mapNullable = f: a: if a == null then a else f a;
  defaultTo = default: maybe: if maybe == null then default else maybe;
  min = a: b: if a < b then a else b;
  max = a: b: if a > b then a else b;
  mod = base: int: base - (int * (base / int));
  compare = a: b: if a < b then -1 else if a > b then 1 else 0;

  splitByAndCompare =
    p: yes: no: a: b:
    if p a then
      (if p b then yes a b else -1)
    else
      (if p b then 1 else no a b);

  # A function, or a set that behaves as one.
  isFunction = f: builtins.isFunction f || (f ? __functor && isFunction (f.__functor f));
  functionArgs =
    f:
    if f ? __functor then
      f.__functionArgs or (functionArgs (f.__functor f))
    else
      builtins.functionArgs f;
  setFunctionArgs = f: args: {
    __functor = _: f;
    __functionArgs = args;
  };
  toFunction = v: if isFunction v then v else _: v;
  mirrorFunctionArgs =
    f:
    let
      args = functionArgs f;
    in
    g: if args == { } then g else setFunctionArgs g args;

  importJSON = path: builtins.fromJSON (builtins.readFile path);
  importTOML = path: builtins.fromTOML (builtins.readFile path);

  warn = builtins.warn or (message: builtins.trace "evaluation warning: ${message}");
  warnIf = condition: message: if condition then warn message else id;
  warnIfNot = condition: warnIf (!condition);
  info = message: builtins.trace "INFO: ${message}";
  throwIf = condition: message: if condition then throw message else id;
  throwIfNot = condition: throwIf (!condition);
  showWarnings = warnings: result: builtins.foldl' (acc: message: warn message acc) result warnings;
  checkListOfEnum =
    message: valid: given:
    let
      unexpected = lib.subtractLists valid given;
    in
    throwIfNot (unexpected == [ ])
      "${message}: ${lib.concatMapStringsSep ", " toString unexpected} unexpected; valid ones: ${lib.concatMapStringsSep ", " toString valid}";

  release = lib.strings.fileContents ../.version;
  versionSuffix =
    let
      file = ../.version-suffix;
    in
    if builtins.pathExists file then lib.strings.fileContents file else "pre-git";
  version = release + versionSuffix;
  oldestSupportedRelease = 2511;
  isInOldestRelease = builtins.elem oldestSupportedRelease;
  oldestSupportedReleaseIsAtLeast = r: oldestSupportedRelease >= r;
  codeName = "Yarara";
  inNixShell = builtins.getEnv "IN_NIX_SHELL" != "";
  inPureEvalMode = !(builtins ? currentSystem);
  revisionWithDefault = default: default;
  nixpkgsVersion = version;
}
