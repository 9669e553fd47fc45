/**
 * The `init=` of the entry that U-Boot starts by default.
 *
 * Format: syslinux' menu as U-Boot reads it (U-Boot, doc/develop/distro.rst): `DEFAULT label`, then per entry `LABEL label`
 * with `APPEND` and the kernel's parameters. Keywords are case-insensitive.
 */
export function defaultBootEntryInit(menu: string): string | undefined {
  const lines = menu.split('\n').map((line) => line.trim());
  const defaultLabel = lines.map((line) => argumentOf(line, 'default')).find((label) => label !== undefined);
  const start = lines.findIndex((line) => argumentOf(line, 'label') === defaultLabel);
  if (defaultLabel === undefined || start === -1) return undefined;
  const rest = lines.slice(start + 1);
  const end = rest.findIndex((line) => argumentOf(line, 'label') !== undefined);
  const entry = end === -1 ? rest : rest.slice(0, end);
  const parameters = entry.map((line) => argumentOf(line, 'append')).find((append) => append !== undefined);
  return parameters
    ?.split(/\s+/)
    .find((parameter) => parameter.startsWith('init='))
    ?.slice('init='.length);
}

function argumentOf(line: string, keyword: string): string | undefined {
  const match = /^(\S+)\s+(.*)$/.exec(line);
  return match?.[1]?.toLowerCase() === keyword ? match[2] : undefined;
}
