import type { RunningSystem } from '../../../provider/activation/running-system.ts';

/** A Pi on which all is well with /nix/store/new, apart from what is given. */
export function runningSystem(change: Partial<RunningSystem> = {}): RunningSystem {
  return {
    currentSystem: '/nix/store/new',
    bootedSystem: '/nix/store/new',
    profile: '/nix/store/new',
    generation: 2,
    kernel: '6.12.30',
    bootedKernelVersion: '6.12.30',
    address: '192.0.2.7',
    bootId: '0c0ffee0-1234-4abc-8def-0123456789ab',
    machineId: '0123456789abcdef0123456789abcdef',
    boardModel: 'Raspberry Pi 4 Model B Rev 1.4',
    firstBootFinished: true,
    bootInit: '/nix/store/new/init',
    rebootNeeded: false,
    free: undefined,
    deployedStorePaths: [],
    lastDeployment: undefined,
    pendingReboot: undefined,
    ...change,
  };
}
