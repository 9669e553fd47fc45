# The machine's own time zones. Follows nixpkgs pkgs/by-name/tz/tzdata. Left out: the data.
{ pkgs }:
pkgs.runCommand "tzdata-2025c" { } ''
  mkdir -p "$out/share"
  ln -s /usr/share/zoneinfo "$out/share/zoneinfo"
''
