# Follows nixpkgs lib/fixed-points.nix. Left out: converge, toExtension, makeExtensibleWithCustomName.
rec {
  fix =
    f:
    let
      result = f result;
    in
    result;

  extends =
    overlay: f: final:
    let
      previous = f final;
    in
    previous // overlay final previous;

  composeExtensions =
    first: second: final: prev:
    let
      fromFirst = first final prev;
    in
    fromFirst // second final (prev // fromFirst);

  composeManyExtensions =
    extensions: builtins.foldl' composeExtensions (final: prev: { }) extensions;

  # The result carries `extend`, which applies one more overlay to the same fixed point.
  makeExtensible =
    f: fix (self: f self // { extend = overlay: makeExtensible (extends overlay f); });
}
