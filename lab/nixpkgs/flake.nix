# Follows nixpkgs flake.nix. Left out: checks, manuals, readOnlyPkgs.
{
  description = "A miniature of nixpkgs";

  outputs =
    { self }:
    let
      lib = import ./lib;
    in
    {
      lib = lib.extend (
        final: _: {
          nixos = import ./nixos/lib { lib = final; };
          nixosSystem =
            args:
            import ./nixos/lib/eval-config.nix (
              {
                lib = final;
                # The platform is the configuration's to say: a flake does not ask which machine evaluates it.
                system = null;
                inherit (args) modules;
              }
              // removeAttrs args [ "modules" ]
            );
        }
      );
      legacyPackages = lib.genAttrs lib.systems.flakeExposed (system: import ./. { inherit system; });
      nixosModules.notDetected = ./nixos/modules/installer/scan/not-detected.nix;
    };
}
