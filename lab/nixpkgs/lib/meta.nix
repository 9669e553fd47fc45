# Follows nixpkgs lib/meta.nix. Left out: platform matching by pattern, licence lookups.
{ lib }:
rec {
  addMetaAttrs = attrs: drv: drv // { meta = drv.meta or { } // attrs; };
  setPrio = priority: addMetaAttrs { inherit priority; };
  lowPrio = setPrio 10;
  hiPrio = setPrio (-10);
  setName = name: drv: drv // { inherit name; };
  availableOn = platform: pkg: lib.elem platform.system (pkg.meta.platforms or [ platform.system ]);
  getExe =
    pkg:
    getExe' pkg (
      pkg.meta.mainProgram or (lib.warn
        "getExe: Package ${lib.escapeNixString pkg.meta.name or pkg.pname or pkg.name} does not have the meta.mainProgram attribute. We'll assume that the main program has the same name for now, but this behavior is deprecated, because it leads to surprising errors when the assumption does not hold. If the package has a main program, please set `meta.mainProgram` in its definition to make this warning go away. Otherwise, if the package does not have a main program, or if you don't control its definition, use getExe' to specify the name to the program, such as lib.getExe' foo \"bar\"."
        (lib.getName pkg)
      )
    );
  getExe' =
    pkg: name:
    assert lib.assertMsg (lib.isDerivation pkg) "lib.meta.getExe': The first argument is of type ${builtins.typeOf pkg}, but it should be a derivation instead.";
    "${lib.getBin pkg}/bin/${name}";
}
