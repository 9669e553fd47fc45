/** What a boot loader would start. Paths are absolute on the card. */
export interface BootEntry {
  readonly label: string;
  readonly kernel: string;
  readonly initrd: string;
  /** The `init=` of the kernel's parameters. */
  readonly init: string;
}

/**
 * The default entry of an extlinux.conf, as U-Boot's generic distro boot reads it (DEFAULT, else the first label).
 *
 * @param folder the folder of the file, which its relative paths start from
 * @throws Error that says what is missing
 */
export function defaultEntry(text: string, folder: string): BootEntry {
  const lines = text.split('\n').map((line) => line.trim());
  const wanted = value(lines, 'DEFAULT') ?? value(lines, 'LABEL');
  const start = lines.findIndex((line) => line.toUpperCase().startsWith('LABEL ') && line.slice(6).trim() === wanted);
  if (wanted === undefined || start < 0) throw new Error(`extlinux.conf has no entry "${wanted ?? ''}"`);
  const rest = lines.slice(start + 1);
  const end = rest.findIndex((line) => line.toUpperCase().startsWith('LABEL '));
  const entry = end < 0 ? rest : rest.slice(0, end);
  const parameters = need(entry, 'APPEND', wanted);
  const init = /(?:^|\s)init=(\S+)/.exec(parameters)?.[1];
  if (init === undefined) throw new Error(`entry "${wanted}" of extlinux.conf has no init=`);
  const onCard = (file: string): string => new URL(file, `file://${folder}/`).pathname;
  return {
    label: wanted,
    kernel: onCard(need(entry, 'LINUX', wanted)),
    initrd: onCard(need(entry, 'INITRD', wanted)),
    init,
  };
}

function need(lines: readonly string[], key: string, label: string): string {
  const found = value(lines, key);
  if (found === undefined) throw new Error(`entry "${label}" of extlinux.conf has no ${key}`);
  return found;
}

function value(lines: readonly string[], key: string): string | undefined {
  const line = lines.find((candidate) => candidate.toUpperCase().startsWith(`${key} `));
  return line?.slice(key.length + 1).trim();
}
