import { appendFileSync, chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

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

/** Programs in the place of nix-instantiate, which gives the same answer to everything, and of ssh, which reads no file. */
export class ProgramStandIns {
  readonly directory: string = mkdtempSync(join(tmpdir(), 'program-stand-ins-'));
  readonly #path = process.env['PATH'] ?? '';
  readonly #asked = join(this.directory, 'asked');

  /** @param answer what an evaluation prints. */
  constructor(answer: object) {
    const answerFile = join(this.directory, 'answer.json');
    writeFileSync(answerFile, JSON.stringify(answer));
    writeFileSync(this.#asked, '');
    this.#put('nix-instantiate', `#!/bin/sh\nprintf '%s\\n' "$*" >> '${this.#asked}'\ncat '${answerFile}'\n`);
    this.#put('ssh', ssh);
    this.identityFiles('/no/such/key');
    process.env['PATH'] = `${this.directory}${delimiter}${this.#path}`;
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
    process.env['PATH'] = this.#path;
    rmSync(this.directory, { recursive: true });
  }

  #put(name: string, text: string): void {
    writeFileSync(join(this.directory, name), text);
    chmodSync(join(this.directory, name), 0o755);
  }
}
