import { labOfWorker, labPrefix } from './own-labs.ts';

// Workers run side by side: each has a workstation and Pis of its own.
process.env['NIXOS_PI_LAB'] = labOfWorker(labPrefix({ ...globalThis }), process.env['JEST_WORKER_ID']);
