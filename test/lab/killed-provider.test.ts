import { back, describeFault, soonIfNotConfirmed, unseen } from './fault.ts';
import { killProvider } from './provider-process.ts';

describeFault({
  name: 'the provider is killed',
  args: soonIfNotConfirmed,
  strike: async (ready, { phase }) => {
    await killProvider(ready.project.directory);
    await phase.release(ready);
    await ready.supervisorEnds();
  },
  outcome: {
    build: back,
    copy: back,
    'pre-switch check': back,
    activation: back,
    'health check': back,
    'boot loader': unseen,
  },
});
