import { open } from 'node:fs/promises';
import { expandHome, type SshTargetInputs } from '../ssh/target.ts';
import type { Failure } from './handler.ts';

/** A configuration for another machine than the Pi: the article's "check that the name says aarch64". */
export function systemFailures(inputs: {
  evaluatedSystem?: string | undefined;
  system?: string | undefined;
}): Failure[] {
  const { evaluatedSystem, system } = inputs;
  if (evaluatedSystem === undefined || system === undefined || evaluatedSystem === system) return [];
  return [
    {
      property: 'configuration',
      reason:
        `is for ${evaluatedSystem}, but ${system} is wanted. ` +
        `Set \`nixpkgs.hostPlatform = "${system}";\` in it; without that it is for the machine that evaluates it.`,
    },
  ];
}

/** A key file that is named has to be there; the user's default keys need not. */
export async function identityFileFailures(connection: Partial<SshTargetInputs> | undefined): Promise<Failure[]> {
  const file = connection?.identityFile;
  if (file === undefined) return [];
  try {
    const key = await open(expandHome(file));
    try {
      if ((await key.stat()).isFile()) return [];
    } finally {
      await key.close();
    }
    return [{ property: 'connection.identityFile', reason: `${file} is no file with a private key` }];
  } catch {
    return [{ property: 'connection.identityFile', reason: `the key file ${file} does not exist or cannot be read` }];
  }
}
