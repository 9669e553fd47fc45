# A package whose programs are the machine's own: links to /usr/bin and /usr/sbin, where a workstation and a Pi of the lab
# both have Debian's. They work, so builds and activation scripts may use them as they would the real packages.
{ lib, pkgs }:
{
  pname,
  version,
  programs ? [ pname ],
  mainProgram ? lib.head programs,
  passthru ? { },
  ...
}:
pkgs.stdenv.mkDerivation {
  inherit
    pname
    version
    programs
    passthru
    ;
  buildCommand = ''
    mkdir -p "$out/bin"
    for program in $programs; do
      if [ -e "/usr/sbin/$program" ] && [ ! -e "/usr/bin/$program" ]; then
        ln -s "/usr/sbin/$program" "$out/bin/$program"
      else
        ln -s "/usr/bin/$program" "$out/bin/$program"
      fi
    done
  '';
  meta = {
    inherit mainProgram;
    description = "The machine's own ${pname}";
    platforms = lib.platforms.linux;
  };
}
