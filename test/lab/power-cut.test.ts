import { back, describeFault, forth } from './fault.ts';

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
