import { tryRun } from '../run.ts';

const defaultMirror = 'http://deb.debian.org/debian/';

/** The Debian mirror that this machine's own apt uses. */
export async function debianMirror(): Promise<string> {
  const targets = await tryRun([
    'apt-get',
    'indextargets',
    '--format',
    '$(REPO_URI)',
    'Created-By: Packages',
    'Label: Debian',
  ]);
  const [first] = targets.stdout.split('\n').filter((uri) => /^https?:/.test(uri));
  return first ?? defaultMirror;
}
