import { z } from 'zod';
import { run } from '../process/run.ts';

/** What every NixOS card image has, and finds its root file system by. nixpkgs: nixos/modules/installer/sd-card/sd-image.nix */
const imageLabel = 'NIXOS_SD';
const imageTableId = '2178694e';

const text = z.string().nullish();
const device = z.object({
  name: z.string(),
  label: text,
  ptuuid: text,
  get children() {
    return z.array(device).optional();
  },
});
type Device = z.infer<typeof device>;
const listing = z.object({ blockdevices: z.array(device) });

/**
 * A warning where another disk of this machine has the names that the card is going to have: the wrong one may be mounted, or
 * booted. Undefined where there is none, or lsblk cannot tell.
 *
 * @param card the kernel's name of the card's device, for example `sdb`.
 */
export async function warnOfNamesakes(card: string): Promise<string | undefined> {
  const columns = ['--json', '--output', 'NAME,LABEL,PTUUID'];
  const listed = await run('lsblk', columns, { timeoutSeconds: 10 }).catch(() => undefined);
  return listed === undefined ? undefined : namesakeIn(JSON.parse(listed.stdout), card);
}

/** The same, of what `lsblk --json` printed. */
export function namesakeIn(listed: unknown, card: string): string | undefined {
  const { data } = listing.safeParse(listed);
  const others = (data?.blockdevices ?? []).filter(({ name }) => name !== card).flatMap(withDescendants);
  const namesake = others.find(({ label, ptuuid }) => label === imageLabel || ptuuid === imageTableId);
  if (namesake === undefined) return undefined;
  return (
    `/dev/${namesake.name} of this machine has the label ${imageLabel} or the disk id 0x${imageTableId}, as every NixOS card has: ` +
    'do not restart this machine, and mount nothing by label, while the flashed card is in its reader.'
  );
}

function withDescendants(disk: Device): Device[] {
  return [disk, ...(disk.children ?? []).flatMap(withDescendants)];
}
