# Follows nixpkgs lib/debug.nix and lib/asserts.nix. Left out: runTests, the depth-limited traces.
{ lib }:
rec {
  inherit (builtins) trace addErrorContext unsafeGetAttrPos;
  traceIf = condition: message: x: if condition then builtins.trace message x else x;
  traceVal = traceValFn lib.id;
  traceValFn = f: x: builtins.trace (f x) x;
  traceSeq = x: y: builtins.trace (builtins.deepSeq x x) y;
  traceValSeq = x: traceSeq x x;
  assertMsg = condition: message: condition || throw message;
  assertOneOf =
    name: value: allowed:
    assertMsg (lib.elem value allowed) "${name} must be one of ${
      lib.generators.toPretty { } allowed
    }, but is: ${lib.generators.toPretty { } value}";
  assertEachOneOf =
    name: values: allowed:
    builtins.all (value: assertOneOf "each element in ${name}" value allowed) values;
}
