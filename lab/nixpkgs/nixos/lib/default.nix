# Follows nixpkgs nixos/lib/default.nix: evaluation of a list of modules, with nothing but what the caller names.
# Left out: test driver, minimal-modules feature flag (always on).
{
  lib ? import ../../lib,
  featureFlags ? { },
}:
{
  evalModules =
    args:
    lib.evalModules (
      args
      // {
        class = "nixos";
        specialArgs = {
          modulesPath = toString ../modules;
        }
        // args.specialArgs or { };
      }
    );
}
