import { back, describeFault, forth, soonIfNotConfirmed } from './fault.ts';

describeFault({
  name: 'the network is gone before the Pi has anything to decide, for longer than the deployer waits',
  args: () => ({ connectTimeoutSeconds: 8, copyTimeoutSeconds: 30 }),
  strike: async (ready, { phase, ended }) => {
    await ready.lab.link(ready.pi.place.name, 'down');
    // The copy's release would be a good cable.
    if (phase.name !== 'copy') await phase.release(ready);
    await ended;
    await ready.lab.link(ready.pi.place.name, 'up');
  },
  outcome: { build: back, copy: back },
});

describeFault({
  name: 'the network is gone until nobody waits any more',
  args: soonIfNotConfirmed,
  strike: async (ready, { phase }) => {
    await ready.lab.link(ready.pi.place.name, 'down');
    await phase.release(ready);
    await ready.supervisorEnds();
    await ready.lab.link(ready.pi.place.name, 'up');
  },
  outcome: { 'pre-switch check': back, activation: back, 'health check': back, 'boot loader': forth },
});
