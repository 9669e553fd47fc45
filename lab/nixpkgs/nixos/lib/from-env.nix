# Follows nixpkgs nixos/lib/from-env.nix: the value of an environment variable, or the default when it is empty.
name: default:
let
  value = builtins.getEnv name;
in
if value == "" then default else value
