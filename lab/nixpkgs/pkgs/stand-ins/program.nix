# A package whose programs answer `--version` as the real ones do, and refuse everything else.
# Stands for the packages that nixpkgs builds from source (pkgs/by-name/…). `answer` is the text of --version.
{ lib, pkgs }:
{
  pname,
  version,
  programs ? [ pname ],
  mainProgram ? lib.head programs,
  answer ? "${mainProgram} ${version}",
  description ? "Stand-in for ${pname}",
  license ? lib.licenses.free,
  meta ? { },
  passthru ? { },
  ...
}:
pkgs.stdenv.mkDerivation {
  inherit
    pname
    version
    programs
    answer
    passthru
    ;
  passAsFile = [ "answer" ];
  buildCommand = ''
    . ${./program.sh}
  '';
  meta = {
    inherit description license mainProgram;
    platforms = lib.platforms.linux;
  }
  // meta;
}
