import { setTimeout as sleep } from 'node:timers/promises';
import { describeFault, forth } from './fault.ts';

describeFault({
  name: 'the network is gone for a moment',
  strike: async (ready, { phase }) => {
    await ready.lab.link(ready.pi.place.name, 'down');
    if (phase.name !== 'copy') await phase.release(ready);
    await sleep(3000);
    await ready.lab.link(ready.pi.place.name, 'up');
  },
  outcome: {
    build: forth,
    copy: forth,
    'pre-switch check': forth,
    activation: forth,
    'health check': forth,
    'boot loader': forth,
  },
});
