import { hostname, userInfo } from 'node:os';

/** Who works on this machine, for records and messages; without blanks. For example `ada@desk`. */
export function personHere(): string {
  return `${loginName()}@${hostname()}`.replaceAll(/\s+/g, '-');
}

/** A container's user may have no entry in /etc/passwd. */
function loginName(): string {
  try {
    return userInfo().username;
  } catch {
    return process.env['USER'] ?? 'someone';
  }
}
