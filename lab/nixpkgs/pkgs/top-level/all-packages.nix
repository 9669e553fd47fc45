# The packages, by their upstream names and with versions as upstream had them in 26.05.
# Follows nixpkgs pkgs/top-level/all-packages.nix and pkgs/by-name. Left out: the other 30,000, and the software: see
# ../stand-ins/ for what a package contains instead.
{ lib, pkgs }:
let
  program = import ../stand-ins/program.nix { inherit lib pkgs; };
  machine = import ../stand-ins/machine.nix { inherit lib pkgs; };
  plain = lib.mapAttrs (_: version: { inherit version; }) (import ../stand-ins/plain-programs.nix);
  programs = plain // import ../stand-ins/programs.nix;
  machinePrograms = import ../stand-ins/machine-programs.nix;
  named = make: lib.mapAttrs (name: spec: lib.makeOverridable make ({ pname = name; } // spec));
in
named program programs
// named machine machinePrograms
// {
  bashInteractive = pkgs.bash;
  bashNonInteractive = pkgs.bash;
  vimPlugins = { };
  # An interpreter with modules is the interpreter.
  python3 = (named program programs).python3 // {
    withPackages = _: pkgs.python3;
    pkgs = pkgs.python3Packages;
  };
  python3Packages = lib.genAttrs [ "gpiozero" "numpy" "pip" "requests" "rpi-gpio" ] (_: pkgs.emptyDirectory);
  python313 = pkgs.python3;
  python3Minimal = pkgs.python3;
  gitMinimal = pkgs.git;
  nixVersions = {
    stable = pkgs.nix;
    latest = pkgs.nix;
    nix_2_31 = pkgs.nix;
  };
  systemdMinimal = pkgs.systemd;
  udev = pkgs.systemd;
  coreutils-full = pkgs.coreutils;
  glibcLocales = pkgs.emptyDirectory;
  tzdata = import ../stand-ins/tzdata.nix { inherit pkgs; };
  neovim-unwrapped = pkgs.neovim;
  makeWrapper = pkgs.emptyDirectory;
  busybox-sandbox-shell = pkgs.busybox;
}
