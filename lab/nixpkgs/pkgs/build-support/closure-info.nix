# What a set of paths needs at run time, and the lines that register it in a Nix database.
# Follows nixpkgs pkgs/build-support/closure-info.nix: `store-paths`, `registration`, `total-nar-size`. Left out: nothing.
{ lib, pkgs }:
{ rootPaths }:
assert lib.assertMsg (rootPaths != [ ]) "closureInfo needs at least one path";
pkgs.stdenv.mkDerivation {
  name = "closure-info";
  __structuredAttrs = true;
  exportReferencesGraph.closure = rootPaths;
  preferLocalBuild = true;
  args = [
    "-e"
    ./closure-info.sh
    ./closure-info.pl
  ];
}
