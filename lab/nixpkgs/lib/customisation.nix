# Follows nixpkgs lib/customisation.nix. Left out: scopes with splicing, error messages that guess at a missing argument.
{ lib }:
rec {
  # The result of `f args`, which can be made again with other arguments.
  makeOverridable =
    f:
    lib.mirrorFunctionArgs f (
      args:
      let
        result = f args;
        overrideWith = new: args // (if lib.isFunction new then new args else new);
        override = new: makeOverridable f (overrideWith new);
        again = g: makeOverridable (lib.mirrorFunctionArgs f (a: g (f a))) args;
      in
      if builtins.isAttrs result then
        result
        // {
          inherit override;
          overrideDerivation = change: again (drv: drv // change drv);
        }
        // lib.optionalAttrs (result ? overrideAttrs) {
          overrideAttrs = change: again (drv: drv.overrideAttrs change);
        }
      else
        result
    );

  callPackageWith =
    auto: fn: args:
    let
      f = if lib.isFunction fn then fn else import fn;
      wanted = lib.functionArgs f;
      missing = lib.filterAttrs (name: hasDefault: !hasDefault && !(auto ? ${name}) && !(args ? ${name})) wanted;
    in
    if missing != { } then
      throw "Function called without required argument \"${lib.head (lib.attrNames missing)}\"${
        lib.optionalString (!lib.isFunction fn) " at ${toString fn}"
      }"
    else
      makeOverridable f (builtins.intersectAttrs wanted auto // args);

  callPackagesWith = callPackageWith;

  makeScope =
    newScope: f:
    let
      self = f self // {
        newScope = scope: newScope (self // scope);
        callPackage = self.newScope { };
        overrideScope = overlay: makeScope newScope (lib.extends overlay f);
        packages = f;
      };
    in
    self;

  hydraJob = drv: drv;
}
