# Writes the programs of a stand-in; called by program.nix.
mkdir -p "$out/bin" "$out/share/doc/$pname"
cp "$answerPath" "$out/share/doc/$pname/version"
for program in $programs; do
  cat >"$out/bin/$program" <<SCRIPT
#!/bin/sh
case "\${1-}" in
-v | -V | --version | version) while IFS= read -r line || [ -n "\$line" ]; do printf '%s\n' "\$line"; done <$out/share/doc/$pname/version ;;
*)
  echo "$program $version is a stand-in: it only answers --version" >&2
  exit 64
  ;;
esac
SCRIPT
  chmod +x "$out/bin/$program"
done
