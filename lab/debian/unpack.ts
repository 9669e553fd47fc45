import { copyFileSync, mkdirSync, readdirSync, writeFileSync, chmodSync } from 'node:fs';
import path from 'node:path';
import { LabError } from '../errors.ts';
import { run } from '../run.ts';

export interface Source {
  readonly mirror: string;
  readonly suite: string;
  /** A folder for apt's lists and downloads; made, and left to the caller to remove. */
  readonly scratch: string;
  readonly tree: string;
}

/** Copies single programs out of packages into the tree, without installing these. Signatures are checked, by apt. */
export async function unpackPrograms(
  programs: readonly (readonly [string, string, string])[],
  source: Source,
): Promise<void> {
  const apt = privateApt(source);
  await run([...apt, 'update']);
  for (const [name, file, target] of programs) {
    const folder = path.join(source.scratch, name.replace(':', '_'));
    mkdirSync(folder);
    await run([...apt, 'download', name], { cwd: folder });
    const [archive] = readdirSync(folder);
    if (archive === undefined) throw new LabError(`apt-get downloaded nothing for ${name}`);
    await run(['dpkg-deb', '--extract', path.join(folder, archive), path.join(folder, 'root')]);
    const destination = path.join(source.tree, target);
    mkdirSync(path.dirname(destination), { recursive: true });
    copyFileSync(path.join(folder, 'root', file), destination);
    chmodSync(destination, 0o755);
  }
}

/** Unpacks whole packages into the tree, without installing these. Signatures are checked, by apt. */
export async function unpackPackages(names: readonly string[], source: Source): Promise<void> {
  const apt = privateApt(source);
  const folder = path.join(source.scratch, 'packages');
  mkdirSync(folder);
  mkdirSync(source.tree, { recursive: true });
  await run([...apt, 'update']);
  await run([...apt, 'download', ...names.map((name) => `${name}:amd64`)], { cwd: folder });
  for (const archive of readdirSync(folder))
    await run(['dpkg-deb', '--extract', path.join(folder, archive), source.tree]);
}

/** apt-get with lists and state of its own: this machine's know neither this release nor arm64, and stay as they are. */
function privateApt({ mirror, suite, scratch }: Source): string[] {
  mkdirSync(path.join(scratch, 'state/lists/partial'), { recursive: true });
  mkdirSync(path.join(scratch, 'cache/archives/partial'), { recursive: true });
  const sources = path.join(scratch, 'sources.list');
  const status = path.join(scratch, 'status');
  writeFileSync(sources, `deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] ${mirror} ${suite} main\n`);
  writeFileSync(status, '');
  const settings = {
    'Dir::Etc::SourceList': sources,
    'Dir::Etc::SourceParts': '-',
    'Dir::State': path.join(scratch, 'state'),
    'Dir::State::status': status,
    'Dir::Cache': path.join(scratch, 'cache'),
    'APT::Sandbox::User': 'root',
    'Acquire::Languages': 'none',
    'Acquire::IndexTargets::deb::DEP-11::DefaultEnabled': 'false',
  };
  const architectures = ['amd64', 'arm64'].flatMap((name) => ['-o', `APT::Architectures::=${name}`]);
  return [
    'apt-get',
    '--quiet',
    ...Object.entries(settings).flatMap(([key, value]) => ['-o', `${key}=${value}`]),
    ...architectures,
  ];
}
