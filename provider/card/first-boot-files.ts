import { createHash } from 'node:crypto';
import type { FirstBootFile } from '../../card-writer/request.ts';
import type { HostKey } from './host-key.ts';

/** A wireless network that the Pi joins by itself. */
export interface Wifi {
  /** Its name, up to 32 bytes. */
  readonly ssid: string;
  /** WPA passphrase of 8 to 63 characters, or the key as 64 hexadecimal digits. */
  readonly psk: string;
}

/** A file that is put on the card. */
export interface CardFile {
  /** Absolute path on the Pi, for example `/var/lib/secrets/token`. */
  readonly path: string;
  readonly content: string;
  /** Permission bits in octal, for example `0600`. */
  readonly mode: string;
  readonly userId: number;
  readonly groupId: number;
}

/** Everything that goes into the root partition beside the image. */
export function firstBootFiles(key: HostKey, wifi: Wifi | undefined, files: readonly CardFile[]): FirstBootFile[] {
  const ofRoot = { userId: 0, groupId: 0 };
  return [
    { ...ofRoot, path: '/etc/ssh/ssh_host_ed25519_key', mode: 0o600, content: base64(key.privateKey) },
    { ...ofRoot, path: '/etc/ssh/ssh_host_ed25519_key.pub', mode: 0o644, content: base64(`${key.publicKey}\n`) },
    ...(wifi === undefined
      ? []
      : [{ ...ofRoot, path: wifiProfilePath, mode: 0o600, content: base64(networkManagerProfile(wifi)) }]),
    ...files.map(({ path, content, mode, userId, groupId }) => ({
      path,
      mode: Number.parseInt(mode, 8),
      userId,
      groupId,
      content: base64(content),
    })),
  ];
}

/** Where NetworkManager looks for connections that are not part of the configuration. */
export const wifiProfilePath = '/etc/NetworkManager/system-connections/pulumi-nixos-pi.nmconnection';

/**
 * A connection as NetworkManager keeps it: it needs nothing but `networking.networkmanager.enable = true;` on the Pi.
 *
 * Format: NetworkManager's nm-settings-keyfile(5).
 */
export function networkManagerProfile({ ssid, psk }: Wifi): string {
  // As a list of bytes, because a name may hold any of them.
  const name = [...Buffer.from(ssid)].map((byte) => `${String(byte)};`).join('');
  return [
    '[connection]',
    'id=pulumi-nixos-pi',
    `uuid=${uuidOf(ssid)}`,
    'type=wifi',
    '',
    '[wifi]',
    'mode=infrastructure',
    `ssid=${name}`,
    '',
    '[wifi-security]',
    'key-mgmt=wpa-psk',
    `psk=${escaped(psk)}`,
    '',
    '[ipv4]',
    'method=auto',
    '',
    '[ipv6]',
    'method=auto',
    '',
  ].join('\n');
}

function uuidOf(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    '-',
  );
}

/** As GLib's key files want it: a leading space and backslashes mean something there. */
function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replace(/^ /, '\\s');
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
