# The library: `import <nixpkgs/lib>`.
# Follows nixpkgs lib/default.nix. Left out: everything that neither the modules of the miniature nor ordinary
# configurations use (fileset, path, gvariant, network, kernel configs, tests, …).
let
  fixedPoints = import ./fixed-points.nix;

  library =
    lib:
    let
      part = file: import file { inherit lib; };
      parts = {
        trivial = part ./trivial.nix;
        lists = part ./lists.nix;
        attrsets = part ./attrsets.nix;
        strings = part ./strings.nix;
        stringsWithDeps = part ./strings-with-deps.nix;
        versions = part ./versions.nix;
        generators = part ./generators.nix;
        options = part ./options.nix;
        typeSystem = part ./types.nix;
        modules = part ./modules.nix;
        customisation = part ./customisation.nix;
        derivations = part ./derivations.nix;
        sources = part ./sources.nix;
        meta = part ./meta.nix;
        systems = part ./systems.nix;
        debug = part ./debug.nix;
        licenses = import ./licenses.nix;
      };
    in
    fixedPoints
    // removeAttrs builtins [
      "builtins"
      "derivation"
      "import"
      "scopedImport"
    ]
    // parts
    // parts.trivial
    // parts.lists
    // parts.attrsets
    // parts.strings
    // parts.stringsWithDeps
    // parts.options
    // parts.modules
    // parts.customisation
    // parts.derivations
    // parts.sources
    // parts.meta
    // parts.debug
    // {
      inherit builtins fixedPoints;
      inherit (parts.typeSystem) types mkOptionType isOptionType addCheck;
      platforms = parts.systems.doubles;
      maintainers = { };
      teams = { };
      asserts = { inherit (parts.debug) assertMsg assertOneOf; };
    };
in
fixedPoints.makeExtensible library
