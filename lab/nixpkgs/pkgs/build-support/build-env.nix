# One tree of links to the contents of several packages.
# Follows nixpkgs pkgs/build-support/buildenv/ (default.nix, builder.pl). Left out: propagated packages, extraPrefix, includeClosures,
# priorities other than meta.priority's order.
{ lib, pkgs }:
{
  name ? "${pname}-${version}",
  pname ? "",
  version ? "",
  paths,
  pathsToLink ? [ "/" ],
  extraOutputsToInstall ? [ ],
  ignoreCollisions ? false,
  checkCollisionContents ? true,
  postBuild ? "",
  nativeBuildInputs ? [ ],
  buildInputs ? [ ],
  meta ? { },
  passthru ? { },
  ...
}:
let
  isInstalled = path: path != null && path != "";
  # Of a package with several outputs: what it installs by default, and what the caller asks for besides.
  outputsOf =
    drv:
    if !lib.isDerivation drv || drv.outputSpecified or false then
      [ drv ]
    else
      map (output: drv.${output}) (
        lib.unique (
          drv.meta.outputsToInstall or [ "out" ] ++ lib.filter (output: drv ? ${output}) extraOutputsToInstall
        )
      );
  priority = drv: drv.meta.priority or 5;
  sorted = lib.sortOn priority (lib.filter isInstalled paths);
in
pkgs.runCommand name
  {
    inherit
      postBuild
      nativeBuildInputs
      buildInputs
      meta
      ;
    passthru = passthru // { inherit paths; };
    paths = lib.concatMap outputsOf sorted;
    inherit pathsToLink;
    ignoreCollisions = if ignoreCollisions then "1" else "";
    passAsFile = [ "paths" ];
    preferLocalBuild = true;
    allowSubstitutes = false;
  }
  ''
    . ${./build-env.sh}
    eval "$postBuild"
  ''
