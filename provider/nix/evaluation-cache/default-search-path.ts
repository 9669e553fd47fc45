import { access } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';

/**
 * Which of the folders exist that Nix searches by default: as it starts it takes those that do (its
 * src/libexpr/eval-settings.cc and src/libstore/profiles.cc). With NIX_PATH or the setting `nix-path` they do not matter.
 */
export async function defaultSearchPath(environment: NodeJS.ProcessEnv): Promise<string[]> {
  // Nix takes the one of the user database where $HOME is somebody else's.
  const homes = [environment['HOME'] ?? '', userInfo().homedir];
  const states = [environment['XDG_STATE_HOME'] ?? '', ...homes.map((home) => join(home, '.local/state'))];
  const channels = join(environment['NIX_STATE_DIR'] ?? '/nix/var/nix', 'profiles/per-user/root/channels');
  const folders = [
    ...homes.map((home) => join(home, '.nix-defexpr/channels')),
    // As Nix puts them together: an empty variable means the root folder to it.
    ...states.map((state) => `${state}/nix/defexpr/channels`),
    join(channels, 'nixpkgs'),
    channels,
  ];
  const found = await Promise.all(folders.map(isThere));
  return folders.filter((_folder, index) => found[index]);
}

async function isThere(folder: string): Promise<boolean> {
  return await access(folder).then(
    () => true,
    () => false,
  );
}
