import { ProvisioningError } from '../../provider/errors.ts';

// hostname(7): letters, digits and dashes; Linux takes 64 characters, DNS 63.
const hostName = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/** Folders below hosts/ that are no Pi's. */
const taken = ['common', 'lab'];

/**
 * Makes sure that a name can be that of a Pi: of its host, its stack, and its folder.
 *
 * @throws ProvisioningError saying what a name may be.
 */
export function requireHostName(name: string): void {
  if (!hostName.test(name))
    throw new ProvisioningError({
      what: `${JSON.stringify(name)} can be no Pi's name: it is also its host name and its stack's.`,
      remedy: 'Take 1 to 63 small letters, digits and dashes, with no dash at either end, for example kitchen.',
    });
  if (taken.includes(name))
    throw new ProvisioningError({ what: `hosts/${name} is no Pi's folder.`, remedy: 'Take another name.' });
}
