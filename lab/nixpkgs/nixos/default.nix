# `import <nixpkgs/nixos> { configuration = …; }` and `nix-build '<nixpkgs/nixos>' -A …`.
# Follows nixpkgs nixos/default.nix. Left out: vm and vmWithBootLoader.
{
  configuration ? import ./lib/from-env.nix "NIXOS_CONFIG" <nixos-config>,
  system ? builtins.currentSystem,
  specialArgs ? { },
}:
let
  eval = import ./lib/eval-config.nix {
    inherit system specialArgs;
    modules = [ configuration ];
  };
in
{
  inherit (eval)
    config
    extendModules
    options
    pkgs
    ;
  system = eval.config.system.build.toplevel;
}
