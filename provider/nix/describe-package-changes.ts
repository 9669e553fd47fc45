import { formatBytes } from '../values/byte-count.ts';
import type { PackageChange, PackageChanges } from './compare-packages.ts';
import { counted } from '../values/counted.ts';

/**
 * How two systems differ, in short lines; none where nothing differs.
 *
 * @param limit how many packages are named; default 12.
 * @example
 * neovim 0.11.5 → 0.11.6 (+1.2 MB)
 * htop 3.4.1 added (+380 kB)
 * and 3 more packages; 40 rebuilt with the same version; 12 units and files
 * +1.6 MB in all
 */
export function describePackageChanges(changes: PackageChanges, limit = 12): string[] {
  const named = changes.changes.slice(0, limit).map(describeChange);
  const rest = describeRest(changes, changes.changes.length - named.length);
  if (named.length === 0 && rest === '') return [];
  return [...named, rest, describeTotal(changes)].filter((line) => line !== '');
}

function describeChange({ name, before, after, sizeDeltaBytes }: PackageChange): string {
  const [was, willBe] = [before.join(', '), after.join(', ')];
  const size = sizeDeltaBytes === undefined || sizeDeltaBytes === 0 ? '' : ` (${signed(sizeDeltaBytes)})`;
  if (was === '') return `${name} ${willBe} added${size}`;
  if (willBe === '') return `${name} ${was} removed${size}`;
  return `${name} ${was} → ${willBe}${size}`;
}

function describeRest({ changes, rebuilt, unversioned }: PackageChanges, more: number): string {
  const shown = changes.length - more;
  return [
    more > 0 && `${shown > 0 ? 'and ' : ''}${counted(more, 'more package')}`,
    rebuilt > 0 && `${counted(rebuilt, 'package')} rebuilt with the same version`,
    unversioned > 0 && counted(unversioned, 'unit, file or script', 'units, files and scripts'),
  ]
    .filter(Boolean)
    .join('; ');
}

function describeTotal({ approximate, sizeDeltaBytes }: PackageChanges): string {
  if (approximate) return 'approximate, since it is not built yet: tools of the build may be among them';
  return sizeDeltaBytes === undefined || sizeDeltaBytes === 0 ? '' : `${signed(sizeDeltaBytes)} in all`;
}

function signed(bytes: number): string {
  return `${bytes > 0 ? '+' : ''}${formatBytes(bytes)}`;
}
