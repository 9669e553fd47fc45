import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';

/** As much of a nixpkgs as the cache of evaluations looks for: without it nothing is certain. */
const nixpkgs = {
  'nixpkgs/nixos/default.nix': '{ }',
  'nixpkgs/lib/default.nix': '{ }',
  'nixpkgs/pkgs/top-level/impure.nix': '{ }',
};

/**
 * Programs in the place of nix-instantiate, which gives the same answer to everything, and of nix, which has no settings. The cache of
 * evaluations is one of their own.
 */
export class ProgramStandIns {
  readonly directory: string = mkdtempSync(join(tmpdir(), 'program-stand-ins-'));
  readonly #environment = { ...process.env };
  readonly #asked = join(this.directory, 'asked');

  /** @param answer what an evaluation prints; the question for Nix' search path is answered by it too. */
  constructor(answer: object) {
    const answerFile = join(this.directory, 'answer.json');
    const entries = [{ prefix: 'nixpkgs', path: join(this.directory, 'nixpkgs'), downloaded: false }];
    this.write({ ...nixpkgs, asked: '', 'answer.json': JSON.stringify({ ...answer, version: '2.26', entries }) });
    this.#put('nix-instantiate', `#!/bin/sh\nprintf '%s\\n' "$*" >> '${this.#asked}'\ncat '${answerFile}'\n`);
    this.#put('nix', '#!/bin/sh\necho "{}"\n');
    process.env['PATH'] = `${this.directory}${delimiter}${this.#environment['PATH'] ?? ''}`;
    process.env['XDG_CACHE_HOME'] = join(this.directory, 'cache');
  }

  /** Files beside the programs. */
  write(files: Record<string, string>): void {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(this.directory, name)), { recursive: true });
      writeFileSync(join(this.directory, name), text);
    }
  }

  /** The files that were evaluated, in order. */
  evaluated(): string[] {
    return [...readFileSync(this.#asked, 'utf8').matchAll(/nixos-config=(\S+)/g)].map((match) => match[1] ?? '');
  }

  remove(): void {
    process.env = this.#environment;
    rmSync(this.directory, { recursive: true });
  }

  #put(name: string, text: string): void {
    writeFileSync(join(this.directory, name), text);
    chmodSync(join(this.directory, name), 0o755);
  }
}
