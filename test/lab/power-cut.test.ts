import { beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { back, describeFault, forth } from './fault.ts';
import { eventually, tell, tellAtTheConsole } from './pi-facts.ts';
import { ReadyPi } from './ready-pi.ts';

describeFault({
  name: 'the power of the Pi is cut',
  strike: async (ready, { phase }) => {
    await ready.pi.powerCut();
    await ready.pi.powerOn();
    await ready.look();
    await phase.release(ready);
  },
  outcome: {
    build: forth,
    copy: forth,
    'pre-switch check': back,
    activation: back,
    'health check': back,
    'boot loader': { runs: 'either', up: 'fails' },
  },
});

/** Stands in for systemd-run until the power is cut, and never starts anything. */
const holdStart = `
printf '#!/bin/sh\\ntouch /dev/shm/held; sleep 600\\n' > /run/held-systemd-run
chmod 755 /run/held-systemd-run
mount --bind /run/held-systemd-run /usr/bin/systemd-run`;

describe('the power of the Pi is cut before the deployment has begun, and with it goes what was copied and not written to the card', () => {
  let ready: ReadyPi;

  beforeAll(async () => {
    ready = await ReadyPi.make();
  });

  beforeEach(() => ready.restore());

  test('it comes anew, and the deployment goes on', async () => {
    const { pi, project } = ready;
    const storePath = await ready.system('package');
    await ready.want({ storePath });
    await tellAtTheConsole(pi, holdStart);
    const up = project.pulumi('up', '--yes', '--skip-preview');
    await eventually(() => tellAtTheConsole(pi, 'test -e /dev/shm/held'));
    const lost = `${storePath}/nixos-version`;
    await tellAtTheConsole(pi, `chmod u+w ${lost}; : > ${lost}; sync`);
    await pi.powerCut();
    await pi.powerOn();
    const { code, text } = await up;
    expect({ code, text }).toEqual({ code: 0, text });
    expect(text).toContain(`has damaged store paths, as after a power cut; they come anew: ${storePath}.`);
    expect(await ready.look()).toMatchObject({ current: storePath, profile: storePath, boots: storePath });
    expect(await tell(pi, `cat ${lost}`)).not.toBe('');
  });
});
