# Follows nixpkgs lib/sources.nix. Left out: git metadata, sourceByRegex's relatives, sourceLike plumbing.
{ lib }:
rec {
  cleanSourceFilter =
    path: type:
    let
      base = baseNameOf (toString path);
    in
    !(
      (
        base == ".git"
        || type == "directory" && (base == ".svn" || base == "CVS" || base == ".hg" || base == ".jj")
      )
      || lib.hasSuffix "~" base
      || builtins.match "^\\.sw[a-z]$" base != null
      || builtins.match "^\\..*\\.sw[a-z]$" base != null
      || lib.hasSuffix ".o" base
      || lib.hasSuffix ".so" base
      || (type == "symlink" && lib.hasPrefix "result" base)
      || type == "unknown"
    );
  cleanSource =
    src:
    cleanSourceWith {
      filter = cleanSourceFilter;
      inherit src;
    };
  cleanSourceWith =
    {
      filter ? _: _: true,
      src,
      name ? "source",
    }:
    builtins.path {
      inherit filter name;
      path = src;
    };
  sourceByRegex =
    src: regexes:
    cleanSourceWith {
      inherit src;
      filter =
        path: _:
        lib.any (r: builtins.match r (lib.removePrefix "${toString src}/" (toString path)) != null) regexes;
    };
  pathIsDirectory = path: builtins.pathExists path && builtins.readFileType path == "directory";
  pathIsRegularFile = path: builtins.pathExists path && builtins.readFileType path == "regular";
}
