# Texts in an order that respects what each needs before it: activation scripts.
# Follows nixpkgs lib/strings-with-deps.nix. Left out: nothing.
{ lib }:
rec {
  textClosureList =
    predefined: names:
    let
      visit =
        state: name:
        if lib.isString name then
          (
            if state.done ? ${name} then
              state
            else
              visit (state // { done = state.done // { ${name} = true; }; }) predefined.${name}
          )
        else
          let
            before = lib.foldl' visit state name.deps;
          in
          before // { texts = before.texts ++ [ name.text ]; };
    in
    (lib.foldl' visit {
      done = { };
      texts = [ ];
    } names).texts;
  textClosureMap =
    f: predefined: names:
    lib.concatStringsSep "\n" (map f (textClosureList predefined names));
  noDepEntry = text: {
    inherit text;
    deps = [ ];
  };
  fullDepEntry = text: deps: { inherit text deps; };
  packEntry = deps: {
    inherit deps;
    text = "";
  };
  stringAfter = deps: text: { inherit text deps; };
}
