import { ProvisioningError } from '../errors.ts';
import { RemoteCommandError, type RemoteOptions, type SshConnection, UnreachableError } from '../ssh/connection.ts';
import { type Elevation, runAsRoot } from '../ssh/elevate.ts';
import { alias, withOpenSshConfig } from '../ssh/openssh-config.ts';
import type { SshSession } from '../ssh/session.ts';
import { type OpenStore, withRemoteStore } from './remote-store.ts';

/** A store for `nix copy --to`. */
export interface StoreAddress {
  readonly address: string;
  /** What Nix needs in its environment to reach it. */
  readonly environment: Readonly<Record<string, string>>;
}

/** Makes the store of another machine reachable for as long as `use` takes. */
export type StoreAccess = <T>(use: (store: StoreAddress) => Promise<T>) => Promise<T>;

// The root is there before the path is: as soon as its last part arrived, no garbage collection takes it away. The next copy
// replaces it. A garbage collection that runs already does not see it: of what arrives the daemon tells it, of what is there already
// `--realise` does. The supervisor relies on that (root_new in activation/supervisor-script.ts).
const rootIncoming = `
roots=/nix/var/nix/gcroots/pulumi-nixos-pi
{ [ -d "$roots" ] || mkdir -p "$roots"; } && ln -sfn "$1" "$roots/incoming" &&
  if [ -e "$1" ] && nix-store --check-validity "$1" 2> /dev/null; then
    nix-store --realise "$1" --add-root "$roots/incoming" > /dev/null
  fi`;

/**
 * Over the session's own connection.
 *
 * @param elevation how to become root there; undefined: as the login.
 * @param root what is going to be copied and has to be kept from then on, which takes root; undefined: nothing.
 */
export function overSession(
  session: SshSession,
  elevation: Elevation | undefined,
  root: string | undefined,
): StoreAccess {
  return (use) =>
    session.use((connection) =>
      withRemoteStore(daemon(connection, elevation, root), (address) => use({ address, environment: {} })),
    );
}

/**
 * Over a connection of OpenSSH that compresses. It cannot give sudo a password: then Nix takes only what is signed or comes from a
 * user whom the Pi trusts.
 */
export function overCompression(
  session: SshSession,
  elevation: Elevation | undefined,
  root: string | undefined,
): StoreAccess {
  const { target } = session;
  const { sudoPassword, method = 'sudo' } = elevation ?? {};
  const withSudo = elevation !== undefined && target.user !== 'root' && sudoPassword === undefined && method === 'sudo';
  const program = withSudo ? '&remote-program=sudo%20-n%20nix-daemon' : '';
  return async (use) => {
    // Also waits for a Pi that does not answer.
    await session.use<unknown>((connection) =>
      elevation === undefined || root === undefined
        ? connection.run(['true'])
        : asRoot(connection, elevation, ['/bin/sh', '-c', rootIncoming, 'root', root]),
    );
    return withOpenSshConfig(target, (config) =>
      use({ address: `ssh-ng://${alias}?compress=true${program}`, environment: { NIX_SSHOPTS: `-F ${config}` } }),
    );
  };
}

function daemon(connection: SshConnection, elevation: Elevation | undefined, root: string | undefined): OpenStore {
  const argv = ['nix-daemon', '--stdio'];
  if (elevation === undefined) return (streams) => connection.run(argv, streams);
  const script = `${rootIncoming} && exec ${argv.join(' ')}`;
  const rooting = root === undefined ? argv : ['/bin/sh', '-c', script, 'copy', root];
  return (streams) => asRoot(connection, elevation, rooting, streams);
}

async function asRoot(
  connection: SshConnection,
  elevation: Elevation,
  argv: readonly string[],
  streams: RemoteOptions = {},
): Promise<void> {
  try {
    await runAsRoot(connection, elevation, argv, streams);
  } catch (error) {
    const refused = error instanceof ProvisioningError && !(error instanceof RemoteCommandError);
    if (!refused || error instanceof UnreachableError) throw error;
    throw error.withRemedy(
      `${error.problem.remedy ?? ''} Nothing was copied: Nix takes paths that nobody signed only from root and from \`nix.settings.trusted-users\`, and a system is activated by root alone.`.trim(),
    );
  }
}
