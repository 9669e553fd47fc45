/**
 * Shell functions that try the health checks: `check_count`, and for each number N `check_N` and `check_root_N`.
 *
 * A check sees what a login sees: the new generation's programs, the user's groups and home. setpriv is in util-linux, which
 * every NixOS has (nixpkgs, nixos/modules/config/system-path.nix), and needs no PAM, which a new generation may have broken.
 */
export const healthCheckFunctions = `
# login_of USER NUMBER: a field of the user's entry in /etc/passwd.
login_of() { { getent passwd "$1" 2> /dev/null || grep "^$1:" /etc/passwd; } | head -n 1 | cut -d : -f "$2"; }

# as_login USER COMMAND...: with the environment of that user's login in the new generation.
as_login() {
  login=$1
  shift
  uid=$(login_of "$login" 3) gid=$(login_of "$login" 4) home=$(login_of "$login" 6)
  path=/run/wrappers/bin:$home/.nix-profile/bin:/etc/profiles/per-user/$login/bin
  path=$path:/nix/var/nix/profiles/default/bin:/run/current-system/sw/bin:/usr/bin:/bin:/usr/sbin:/sbin
  set -- env -i "HOME=$home" "USER=$login" "LOGNAME=$login" "SHELL=/bin/sh" "PATH=$path" "XDG_RUNTIME_DIR=/run/user/$uid" "$@"
  if [ "$login" != root ]; then set -- setpriv "--reuid=$uid" "--regid=$gid" --init-groups -- "$@"; fi
  timeout -k 2 "$attempt_seconds" "$@"
}

# attempt COMMAND AS_ROOT: one try, with an end; its output goes to a file, since a pipe may be held open by what it started.
attempt() {
  uptime_now
  attempt_seconds=$((deadline - up))
  if [ "$attempt_seconds" -gt 30 ]; then attempt_seconds=30; fi
  if [ "$attempt_seconds" -lt 1 ]; then attempt_seconds=1; fi
  as=$user
  if [ "$2" = yes ]; then as=root; fi
  (cd / && as_login "$as" /bin/sh -c "$1") > "$folder/check-output" 2>&1 < /dev/null
}

check_health() {
  if [ "$check_count" -eq 0 ]; then return; fi
  phase checking
  uptime_now
  deadline=$((up + health_seconds))
  number=1
  while [ "$number" -le "$check_count" ]; do
    eval "check=\\$check_$number as_root=\\$check_root_$number"
    until attempt "$check" "$as_root"; do
      status=$?
      heed_refusal
      uptime_now
      if [ "$up" -ge "$deadline" ]; then
        give_up "$status" "health check failed for $health_seconds s: $check
$(tail -c 2000 "$folder/check-output")"
      fi
      sleep 1
    done
    printf 'health check passed: %s\\n' "$check"
    number=$((number + 1))
  done
}
`;
