# What a definition can carry besides its value: a condition, a priority, an order.
# Follows nixpkgs lib/modules.nix. Left out: mkDefinition.
{ lib }:
let
  inherit (builtins) concatMap foldl' mapAttrs;
  kindOf = value: value._type or "";
in
rec {
  mkIf = condition: content: {
    _type = "if";
    inherit condition content;
  };
  mkMerge = contents: {
    _type = "merge";
    inherit contents;
  };
  mkOverride = priority: content: {
    _type = "override";
    inherit priority content;
  };
  mkOrder = priority: content: {
    _type = "order";
    inherit priority content;
  };
  mkAssert =
    assertion: message: mkIf (if assertion then true else throw "\nFailed assertion: ${message}");

  mkOptionDefault = mkOverride 1500;
  mkDefault = mkOverride 1000;
  defaultOverridePriority = 100;
  mkImageMediaOverride = mkOverride 60;
  mkForce = mkOverride 50;
  mkVMOverride = mkOverride 10;

  mkBefore = mkOrder 500;
  defaultOrderPriority = 1000;
  mkAfter = mkOrder 1500;

  # Conditions and priorities of a set of definitions move to its members, so that a condition may refer to the
  # configuration it is part of.
  pushDownProperties =
    config:
    let
      kind = kindOf config;
    in
    if kind == "merge" then
      concatMap pushDownProperties config.contents
    else if kind == "if" then
      map (mapAttrs (_: mkIf config.condition)) (pushDownProperties config.content)
    else if kind == "override" then
      map (mapAttrs (_: mkOverride config.priority)) (pushDownProperties config.content)
    else
      [ config ];

  # The values that remain when all conditions are decided.
  dischargeProperties =
    value:
    let
      kind = kindOf value;
    in
    if kind == "merge" then
      concatMap dischargeProperties value.contents
    else if kind == "if" then
      (
        if !builtins.isBool value.condition then
          throw "‘mkIf’ called with a non-Boolean condition"
        else if value.condition then
          dischargeProperties value.content
        else
          [ ]
      )
    else
      [ value ];

  filterOverrides = defs: (filterOverrides' defs).values;
  filterOverrides' =
    defs:
    let
      isOverride = def: kindOf def.value == "override";
      priorityOf = def: if isOverride def then def.value.priority else defaultOverridePriority;
      strip = def: if isOverride def then def // { value = def.value.content; } else def;
      highestPrio = foldl' (best: def: lib.min (priorityOf def) best) 9999 defs;
    in
    {
      values = concatMap (def: if priorityOf def == highestPrio then [ (strip def) ] else [ ]) defs;
      inherit highestPrio;
    };

  sortProperties =
    defs:
    let
      strip =
        def:
        if kindOf def.value == "order" then
          def
          // {
            value = def.value.content;
            inherit (def.value) priority;
          }
        else
          def;
      priorityOf = def: def.priority or defaultOrderPriority;
    in
    builtins.sort (a: b: priorityOf a < priorityOf b) (map strip defs);
}
