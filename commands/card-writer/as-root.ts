import { execa } from 'execa';
import { ProvisioningError } from '../../provider/errors.ts';

// The programs are the system's, by root's own PATH. What is put in place is whole, and root's, before it has its name.
const putScript = `
set -eu
umask 022
PATH=/usr/sbin:/usr/bin:/sbin:/bin
target=$1 mode=$2 check=$3
folder=$(dirname -- "$target")
mkdir -p -- "$folder"
new=$(mktemp "$folder/.new.XXXXXXXXXX")
trap 'rm -f -- "$new"' EXIT
cat > "$new"
chown root:root -- "$new"
chmod "$mode" -- "$new"
if [ "$check" = sudoers ]; then visudo --check --quiet --file="$new"; fi
mv -f -- "$new" "$target"
`;

export interface FileOfRoot {
  readonly path: string;
  /** Permission bits in octal. */
  readonly mode: string;
  /** A sudoers file is tried before it counts: a broken one would lock everybody out of sudo. */
  readonly check?: 'sudoers';
}

/** Puts a file in place as root's. Its bytes come from a pipe, so that root opens no file of a user. */
export async function putAsRoot(file: FileOfRoot, content: { input: string } | { inputFile: string }): Promise<void> {
  await asRoot(['/bin/sh', '-c', putScript, 'put', file.path, file.mode, file.check ?? 'no'], content);
}

const removeScript = 'rm -rf -- /usr/local/libexec/pulumi-nixos-pi /etc/sudoers.d/pulumi-nixos-pi_*';

export async function removeAsRoot(): Promise<void> {
  await asRoot(['/bin/sh', '-c', removeScript]);
}

/** Lets sudo ask for the password now, at the terminal: later ones have a pipe for their input. */
export async function becomeRoot(): Promise<void> {
  if (process.getuid?.() !== 0) await execa('sudo', ['--validate'], { stdio: 'inherit' });
}

async function asRoot(argv: readonly [string, ...string[]], content: object = {}): Promise<void> {
  const [file, ...args] = process.getuid?.() === 0 ? argv : (['sudo', '--', ...argv] as const);
  const result = await execa(file, args, { reject: false, ...content });
  if (!result.failed) return;
  throw new ProvisioningError({
    what: 'The card writer could not be installed, or taken away.',
    original: result.stderr === '' ? (result.originalMessage ?? '') : result.stderr,
    remedy: 'Run it as a user who may use sudo for everything, or as root with `--user NAME`.',
  });
}
