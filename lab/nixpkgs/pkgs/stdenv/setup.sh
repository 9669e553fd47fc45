# Runs one build: a buildCommand, or phases. Follows nixpkgs pkgs/stdenv/generic/setup.sh; see default.nix for what is left out.
# Read by busybox' sh and by dash: POSIX only.
set -u

PATH=/usr/sbin:/usr/bin:/sbin:/bin
for input in ${nativeBuildInputs-} ${buildInputs-} ${propagatedBuildInputs-} ${depsBuildBuild-}; do
  if [ -d "$input/bin" ]; then PATH="$input/bin:$PATH"; fi
done
export PATH HOME=/homeless-shelter LC_ALL=C SOURCE_DATE_EPOCH=315532800 TZ=UTC

die() {
  echo "error: $*" >&2
  exit 1
}

# Runs the phase $1: the attribute of that name (its text, or a file with it), else the function of that name.
run_phase() {
  eval "phase_file=\${$1Path-} phase_text=\${$1-}"
  if [ -n "$phase_file" ]; then
    . "$phase_file"
  elif [ -n "$phase_text" ]; then
    eval "$phase_text"
  elif command -v "default_$1" >/dev/null; then
    "default_$1"
  fi
}

runHook() {
  eval "${1-}_text=\${$1-}"
  eval "eval \"\${$1_text}\""
}

substituteInPlace() {
  file=$1
  shift
  substitute "$file" "$file" "$@"
}

# substitute FROM TO (--replace-fail|--replace-warn|--replace|--replace-quiet OLD NEW)…
substitute() {
  source_file=$1 target_file=$2
  shift 2
  content=$(cat "$source_file" && echo .)
  while [ $# -gt 0 ]; do
    case "$content" in
    *"$2"*) ;;
    *) if [ "$1" = --replace-fail ]; then die "substitute(): pattern $2 doesn't match anything in file '$source_file'"; fi ;;
    esac
    replaced=''
    while case "$content" in *"$2"*) true ;; *) false ;; esac; do
      replaced=$replaced${content%%"$2"*}$3
      content=${content#*"$2"}
    done
    content=$replaced$content
    shift 3
  done
  printf '%s' "${content%.}" >"$target_file.tmp"
  cat "$target_file.tmp" >"$target_file"
  rm "$target_file.tmp"
}

default_unpackPhase() {
  if [ -n "${src-}" ] && [ -d "$src" ]; then
    cp -r "$src" source
    chmod -R u+w source
    cd source
  elif [ -n "${src-}" ]; then
    tar -xf "$src"
    for entry in *; do if [ -d "$entry" ]; then cd "$entry" && break; fi; done
  elif [ -z "${dontUnpack-}" ]; then
    die "variable \$src or \$srcs should point to the source"
  fi
}

default_configurePhase() {
  if [ -x ./configure ] && [ -z "${dontConfigure-}" ]; then ./configure --prefix="$out"; fi
}

default_buildPhase() {
  if [ -f Makefile ] && [ -z "${dontBuild-}" ]; then make; fi
}

default_installPhase() {
  if [ -f Makefile ]; then make install PREFIX="$out" prefix="$out"; else mkdir -p "$out"; fi
}

cd "${NIX_BUILD_TOP:-$PWD}"
if [ -n "${buildCommand-}${buildCommandPath-}" ]; then
  run_phase buildCommand
else
  for phase in unpackPhase patchPhase configurePhase buildPhase checkPhase installPhase fixupPhase; do
    if [ "$phase" = unpackPhase ] && [ -n "${dontUnpack-}" ]; then continue; fi
    if [ "$phase" = installPhase ] && [ -n "${dontInstall-}" ]; then continue; fi
    if [ "$phase" = checkPhase ] && [ -z "${doCheck-}" ]; then continue; fi
    run_phase "$phase"
  done
fi
