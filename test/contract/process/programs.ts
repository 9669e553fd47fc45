import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Small real programs, by name. */
const texts = {
  greets: '#!/bin/sh\necho out; echo err >&2\n',
  fails: '#!/bin/sh\necho before; echo "first line" >&2; echo "last line" >&2; exit 3\n',
  'ends-with-255': '#!/bin/sh\nexit 255\n',
  'kills-itself': '#!/bin/sh\necho dying >&2\nkill -KILL $$\n',
  'is-terminated': '#!/bin/sh\nkill -TERM $$\n',
  hangs: '#!/bin/sh\necho "$$" > "$1"\necho started >&2\nexec sleep 600\n',
  // Ignores the polite signal, as programs that clean up for long do.
  'hangs-on': '#!/bin/sh\ntrap "" TERM\necho "$$" > "$1"\nwhile :; do sleep 0.1; done\n',
  repeats: '#!/bin/sh\ncat\n',
  tells: '#!/bin/sh\nfor argument; do printf "%s\\0" "$argument"; done\n',
  'tells-its-environment': '#!/bin/sh\nprintf "%s|%s|%s" "${GIVEN-unset}" "${TAKEN-unset}" "$PWD"\n',
  'prints-10-MB': '#!/bin/sh\nhead -c 10000000 /dev/zero | tr "\\0" x\nhead -c 10000000 /dev/zero | tr "\\0" y >&2\n',
  'prints-lines': '#!/bin/sh\nprintf "one\\ntwo\\n" >&2; sleep 0.2; printf "three" >&2\n',
  'cannot-be-run': '#!/nowhere/interpreter\n',
} as const;

/** The programs in a directory of their own. */
export class Programs {
  readonly directory: string = mkdtempSync(join(tmpdir(), 'programs-'));

  constructor() {
    for (const [name, text] of Object.entries(texts)) {
      writeFileSync(join(this.directory, name), text);
      chmodSync(join(this.directory, name), 0o755);
    }
  }

  path(name: keyof typeof texts): string {
    return join(this.directory, name);
  }

  remove(): void {
    rmSync(this.directory, { recursive: true });
  }
}
