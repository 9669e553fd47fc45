# Follows nixpkgs lib/derivations.nix. Left out: everything else there.
{ lib }:
{
  lazyDerivation =
    {
      derivation,
      meta ? null,
      passthru ? { },
      outputs ? [ "out" ],
    }:
    derivation // passthru // lib.optionalAttrs (meta != null) { inherit meta; };
  optionalDrvAttr = condition: value: if condition then value else null;
  extendDerivation =
    condition: passthru: drv:
    assert condition;
    drv // passthru;
}
