# The program that runs builds on a platform. Follows nixpkgs pkgs/stdenv/linux/bootstrap-files/, where busybox unpacks the
# bootstrap tools; here it is all there is. The machine's own /bin/sh serves where a build is for the machine itself.
{ buildPlatform }:
let
  busybox = ../../bootstrap/busybox;
  hash = ../../bootstrap-hash;
  missing = ''
    lab/nixpkgs has no bootstrap/busybox: builds for ${buildPlatform.system} need an arm64 busybox there.
    `npm run lab -- up` assembles the complete channel; a checkout of the project alone is not one.
  '';
in
if !buildPlatform.isAarch64 then
  {
    builder = "/bin/sh";
    args = [ ];
  }
else if !builtins.pathExists busybox then
  throw missing
else
  {
    builder = "${
      builtins.path {
        name = "bootstrap-tools";
        path = ../../bootstrap;
        # As upstream's is fetched by its hash: so an evaluation does not read it.
        ${if builtins.pathExists hash then "sha256" else null} = builtins.readFile hash;
      }
    }/busybox";
    args = [ "sh" ];
  }
