# Declaring options, merging their values, naming them in messages.
# Follows nixpkgs lib/options.nix. Left out: optionAttrSetToDocList (the manual), mkSinkUndeclaredOptions.
{ lib }:
let
  inherit (builtins)
    head
    isAttrs
    isBool
    isFunction
    isList
    isString
    length
    tail
    ;
  prioritySuggestion = "Use `lib.mkForce value` or `lib.mkDefault value` to change the priority on any of these definitions.\n";
  getValues = map (def: def.value);
in
rec {
  isOption = lib.isType "option";

  mkOption =
    {
      default ? null,
      defaultText ? null,
      example ? null,
      description ? null,
      relatedPackages ? null,
      type ? null,
      apply ? null,
      internal ? null,
      visible ? null,
      readOnly ? null,
    }@attrs:
    attrs // { _type = "option"; };

  mkEnableOption =
    name:
    mkOption {
      default = false;
      example = true;
      description = "Whether to enable ${name}.";
      type = lib.types.bool;
    };

  mkPackageOption =
    pkgs: name:
    {
      nullable ? false,
      default ? name,
      example ? null,
      extraDescription ? "",
      pkgsText ? "pkgs",
    }:
    let
      shown = if isList name then lib.last name else name;
      path = lib.toList default;
    in
    mkOption (
      {
        type = (if nullable then lib.types.nullOr else lib.id) lib.types.package;
        description = "The ${shown} package to use." + (if extraDescription == "" then "" else " ") + extraDescription;
      }
      // lib.optionalAttrs (default != null) {
        default = lib.attrByPath path (throw "${lib.concatStringsSep "." path} cannot be found in ${pkgsText}") pkgs;
        defaultText = literalExpression "${pkgsText}.${lib.concatStringsSep "." path}";
      }
      // lib.optionalAttrs (nullable && default == null) { default = null; }
      // lib.optionalAttrs (example != null) { inherit example; }
    );
  mkPackageOptionMD = mkPackageOption;

  literalExpression = text: {
    _type = "literalExpression";
    inherit text;
  };
  literalMD = text: {
    _type = "literalMD";
    inherit text;
  };
  literalExample = literalExpression;
  mdDoc = lib.id;

  inherit getValues;
  getFiles = map (def: def.file);
  showFiles = lib.concatMapStringsSep " and " (file: "`${file}'");

  # Merge without knowing more than the values: lists, sets, booleans and strings of one kind.
  mergeDefaultOption =
    loc: defs:
    let
      values = getValues defs;
      all = pred: builtins.all pred values;
    in
    if length values == 1 then
      head values
    else if all isFunction then
      x: mergeDefaultOption loc (map (def: def // { value = def.value x; }) defs)
    else if all isList then
      builtins.concatLists values
    else if all isAttrs then
      builtins.foldl' lib.mergeAttrs { } values
    else if all isBool then
      builtins.foldl' lib.or false values
    else if all isString then
      lib.concatStrings values
    else if all builtins.isInt && builtins.all (v: v == head values) values then
      head values
    else
      throw "Cannot merge definitions of `${showOption loc}'. Definition values:${showDefs defs}";

  mergeOneOption = mergeUniqueOption { message = ""; };
  mergeUniqueOption =
    {
      message,
      merge ? null,
    }:
    loc: defs:
    if length defs == 1 then
      (if merge == null then (head defs).value else merge loc defs)
    else
      throw "The option `${showOption loc}' is defined multiple times while it's expected to be unique.\n${message}\nDefinition values:${showDefs defs}\n${prioritySuggestion}";

  mergeEqualOption =
    loc: defs:
    if defs == [ ] then
      abort "This case should never happen."
    else if length defs == 1 then
      (head defs).value
    else
      (builtins.foldl' (
        first: def:
        if def.value != first.value then
          throw "The option `${showOption loc}' has conflicting definition values:${
            showDefs [
              first
              def
            ]
          }\n${prioritySuggestion}"
        else
          first
      ) (head defs) (tail defs)).value;

  # `a."b c".<name>`: what a user would write, placeholders unquoted.
  showOption =
    parts:
    let
      placeholder = part: part == "*" || builtins.match "<.*>" part != null;
      show = part: if placeholder part then part else lib.strings.escapeNixIdentifier part;
    in
    lib.concatMapStringsSep "." show parts;

  # One line (or a few, indented) for each definition: where it is, and what it says if that can be evaluated.
  showDefs =
    let
      pretty =
        value:
        builtins.tryEval (
          lib.generators.toPretty { } (
            lib.generators.withRecursion {
              depthLimit = 10;
              throwOnDepthLimit = false;
            } value
          )
        );
      show =
        def:
        let
          result = pretty def.value;
          lines = lib.filter isString (builtins.split "\n" result.value);
          text = lib.concatStringsSep "\n    " (
            lib.take 5 lines ++ lib.optional (length lines > 5) "..."
          );
          shown =
            if !result.success then
              ""
            else if length lines > 1 then
              ":\n    " + text
            else
              ": " + text;
        in
        "\n- In `${def.file}'${shown}";
    in
    lib.concatMapStrings show;

  showOptionWithDefLocs = opt: ''
    ${showOption opt.loc}, with values defined in:
    ${lib.concatMapStringsSep "\n" (file: "  - ${file}") opt.files}
  '';
  unknownModule = "<unknown-file>";
}
