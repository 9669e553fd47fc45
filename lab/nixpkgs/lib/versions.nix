# Follows nixpkgs lib/versions.nix.
{ lib }:
rec {
  splitVersion = builtins.splitVersion;
  major = v: builtins.elemAt (splitVersion v) 0;
  minor = v: builtins.elemAt (splitVersion v) 1;
  patch = v: builtins.elemAt (splitVersion v) 2;
  majorMinor = v: lib.concatStringsSep "." (lib.take 2 (splitVersion v));
  pad =
    n: version:
    let
      numbers = lib.take n (splitVersion (lib.head (lib.splitString "-" version)));
    in
    lib.concatStringsSep "." (numbers ++ lib.genList (_: "0") (n - lib.length numbers));
}
