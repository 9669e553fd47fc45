# Small derivations: text, scripts, trees of links.
# Follows nixpkgs pkgs/build-support/trivial-builders/default.nix. Left out: checks of scripts with shellcheck, writers for
# other languages, runCommandCC, concatTextFile's variants.
{ lib, pkgs }:
let
  inherit (pkgs) stdenvNoCC runtimeShell;

  runCommandWith =
    {
      name,
      derivationArgs ? { },
      ...
    }:
    buildCommand:
    stdenvNoCC.mkDerivation (
      {
        inherit name buildCommand;
        enableParallelBuilding = true;
        passAsFile = [ "buildCommand" ] ++ derivationArgs.passAsFile or [ ];
      }
      // removeAttrs derivationArgs [ "passAsFile" ]
    );
  local = {
    preferLocalBuild = true;
    allowSubstitutes = false;
  };
in
{
  inherit runCommandWith;
  runCommand = name: env: runCommandWith { inherit name; derivationArgs = env; };
  runCommandCC = pkgs.runCommand;
  runCommandNoCC = pkgs.runCommand;
  runCommandLocal = name: env: pkgs.runCommand name (local // env);
  runtimeShell = "${pkgs.bash}/bin/bash";
  runtimeShellPackage = pkgs.bash;

  writeTextFile =
    {
      name,
      text,
      executable ? false,
      destination ? "",
      checkPhase ? "",
      meta ? { },
      passthru ? { },
      derivationArgs ? { },
      ...
    }:
    assert lib.assertMsg (destination != "" -> lib.hasPrefix "/" destination) ''
      destination must be an absolute path, relative to the derivation's out path,
      got '${destination}' instead.'';
    pkgs.runCommand name
      (
        local
        // {
          inherit text checkPhase passthru meta;
          executable = if executable then "1" else "";
          inherit destination;
          passAsFile = [ "text" ];
        }
        // derivationArgs
      )
      ''
        target=$out$destination
        case "$destination" in
        "") ;;
        *) mkdir -p "''${target%/*}" ;;
        esac
        cat "$textPath" >"$target"
        if [ -n "$executable" ]; then chmod +x "$target"; fi
        eval "$checkPhase"
      '';
  writeText = name: text: pkgs.writeTextFile { inherit name text; };
  writeTextDir =
    path: text:
    pkgs.writeTextFile {
      inherit text;
      name = baseNameOf path;
      destination = "/${path}";
    };
  writeScript = name: text: pkgs.writeTextFile { inherit name text; executable = true; };
  writeScriptBin =
    name: text:
    pkgs.writeTextFile {
      inherit name text;
      executable = true;
      destination = "/bin/${name}";
      meta.mainProgram = name;
    };
  writeShellScript = name: text: pkgs.writeScript name "#!${runtimeShell}\n${text}\n";
  writeShellScriptBin = name: text: pkgs.writeScriptBin name "#!${runtimeShell}\n${text}\n";
  writeShellApplication =
    {
      name,
      text,
      runtimeInputs ? [ ],
      runtimeEnv ? { },
      bashOptions ? [
        "errexit"
        "nounset"
        "pipefail"
      ],
      inheritPath ? true,
      ...
    }:
    pkgs.writeScriptBin name (
      "#!${runtimeShell}\n"
      + lib.concatMapStrings (option: "set -o ${option}\n") bashOptions
      + lib.concatStrings (
        lib.mapAttrsToList (n: v: "${lib.toShellVar n v}\nexport ${n}\n") runtimeEnv
      )
      + lib.optionalString (
        runtimeInputs != [ ]
      ) "\nexport PATH=\"${lib.makeBinPath runtimeInputs}${lib.optionalString inheritPath ":$PATH"}\"\n"
      + "\n${text}"
    );
  concatText = name: files: pkgs.runCommand name { inherit files; } ''cat $files >"$out"'';
  concatScript = name: files: pkgs.runCommand name { inherit files; } ''cat $files >"$out"; chmod +x "$out"'';

  symlinkJoin =
    {
      name ? "${args.pname}-${args.version}",
      paths,
      postBuild ? "",
      meta ? { },
      passthru ? { },
      ...
    }@args:
    pkgs.buildEnv {
      inherit
        name
        paths
        postBuild
        meta
        passthru
        ;
      ignoreCollisions = true;
    };
  linkFarm =
    name: entries:
    let
      list = if lib.isAttrs entries then lib.mapAttrsToList (name: path: { inherit name path; }) entries else entries;
      link = entry: ''
        mkdir -p -- "$(dirname -- ${lib.escapeShellArg entry.name})"
        ln -s -- ${lib.escapeShellArg "${entry.path}"} ${lib.escapeShellArg entry.name}
      '';
    in
    pkgs.runCommand name local ''
      mkdir -p "$out"
      cd "$out"
      ${lib.concatMapStrings link list}
    '';
  linkFarmFromDrvs = name: drvs: pkgs.linkFarm name (map (drv: { inherit (drv) name; path = drv; }) drvs);
  onlyBin = drv: pkgs.runCommand "only-bin-${drv.name}" { } ''mkdir -p "$out"; ln -s ${lib.getBin drv}/bin "$out/bin"'';

  buildEnv = import ./build-env.nix { inherit lib pkgs; };
  closureInfo = import ./closure-info.nix { inherit lib pkgs; };
  formats = import ./formats.nix { inherit lib pkgs; };
  aggregateModules =
    modules:
    pkgs.buildEnv {
      name = "kernel-modules";
      paths = modules;
      pathsToLink = [ "/lib/modules" "/lib/firmware" ];
      ignoreCollisions = true;
    };
  copyPathToStore = builtins.path;
  emptyFile = pkgs.runCommand "empty-file" { } ''touch "$out"'';
  emptyDirectory = pkgs.runCommand "empty-directory" { } ''mkdir "$out"'';
  replaceVars =
    path: values:
    pkgs.writeTextFile {
      name = baseNameOf (toString path);
      text = lib.replaceStrings (map (name: "@${name}@") (lib.attrNames values)) (map (
        name: toString values.${name}
      ) (lib.attrNames values)) (lib.readFile path);
    };
  substitute =
    {
      src,
      substitutions ? [ ],
      name ? baseNameOf (toString src),
      ...
    }:
    pkgs.runCommand name { } ''substitute ${src} "$out" ${lib.escapeShellArgs substitutions}'';
  # An overlay's or a configuration's own function of packages: `pkgs.nixos { … }`.
  nixos = configuration: import ../../nixos/lib/eval-config.nix {
    inherit (pkgs.hostPlatform) system;
    modules = [ { nixpkgs.pkgs = lib.mkDefault pkgs; } ] ++ lib.toList configuration;
  };
}
