import { appendFileSync, chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';

/** `ssh -G [-l USER] [-p PORT] -- HOST` for a user without a configuration of their own. */
const ssh = `#!/bin/sh
user=me port=22
while [ "$1" != -- ]; do
  case $1 in
    -l) user=$2 && shift ;;
    -p) port=$2 && shift ;;
  esac
  shift
done
printf 'user %s\\nhostname %s\\nport %s\\n' "$user" "$2" "$port"
cat "\${0%/*}/identity-files"
`;

/** Programs in the place of nix-instantiate, which gives the same answer to everything, of nix, which has no settings, and of ssh, which reads no file. */
export class ProgramStandIns {
  readonly directory: string = mkdtempSync(join(tmpdir(), 'program-stand-ins-'));
  readonly #environment = { ...process.env };
  readonly #asked = join(this.directory, 'asked');
  readonly #answer = join(this.directory, 'answer.json');

  /** @param answer what an evaluation prints. */
  constructor(answer: object) {
    this.answer(answer);
    writeFileSync(this.#asked, '');
    this.#put('nix-instantiate', `#!/bin/sh\nprintf '%s\\n' "$*" >> '${this.#asked}'\ncat '${this.#answer}'\n`);
    this.#put('nix', '#!/bin/sh\necho "{}"\n');
    this.#put('ssh', ssh);
    this.identityFiles('/no/such/key');
    process.env['PATH'] = `${this.directory}${delimiter}${this.#environment['PATH'] ?? ''}`;
    process.env['XDG_CACHE_HOME'] = join(this.directory, 'cache');
  }

  /** What an evaluation prints from now on. */
  answer(answer: object): void {
    writeFileSync(this.#answer, JSON.stringify(answer));
  }

  /** Files beside the programs. */
  write(files: Record<string, string>): void {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(this.directory, name)), { recursive: true });
      writeFileSync(join(this.directory, name), text);
    }
  }

  /** The private keys that ssh would use. */
  identityFiles(...files: string[]): void {
    writeFileSync(join(this.directory, 'identity-files'), files.map((file) => `identityfile ${file}\n`).join(''));
  }

  /** The host behind which every other one is. */
  proxyJump(host: string): void {
    appendFileSync(join(this.directory, 'identity-files'), `proxyjump ${host}\n`);
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
