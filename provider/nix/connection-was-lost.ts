/**
 * Whether a copy over OpenSSH, to a build host or to the Pi for one that is compressed, ended because its connection was lost.
 *
 * @param said what Nix and ssh said.
 * @param hasBegun whether something was sent already: before that the same words may be those of a login that is refused.
 */
export function connectionWasLost(said: string, hasBegun: boolean): boolean {
  if (said.includes('No space left on device')) return false;
  return openSsh.test(said) || (hasBegun && endOfStream.test(said));
}

const openSsh = /^(?:Connection |Timeout, server |client_loop: |ssh: connect |kex_exchange_identification: )/m;
// Lix does not show what OpenSSH says.
const endOfStream =
  /unexpected end-of-file|Broken pipe|Connection reset by peer|cannot open connection to remote store/;
