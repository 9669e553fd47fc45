import { fileURLToPath } from 'node:url';

/**
 * Tests and sources run as ES modules, as Node itself runs them (import.meta, packages that are ESM-only, their export
 * conditions); swc only strips the types. That needs Node's --experimental-vm-modules: `npm run jest` gives it.
 */
const shared = {
  rootDir: fileURLToPath(new URL('.', import.meta.url)),
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '\\.ts$': ['@swc/jest', { module: { type: 'es6' }, jsc: { target: 'es2024', parser: { syntax: 'typescript' } } }],
  },
  transformIgnorePatterns: ['/node_modules/'],
  // A lab's directory holds the root file systems of whole machines.
  modulePathIgnorePatterns: ['<rootDir>/\\.lab', '<rootDir>/lab/nixpkgs/'],
  testPathIgnorePatterns: ['/node_modules/', '<rootDir>/\\.lab'],
};

const lab = {
  ...shared,
  globalSetup: '<rootDir>/test/jest/lab-up.ts',
  globalTeardown: '<rootDir>/test/jest/lab-down.ts',
};

// Long tests, each of jest's workers in a lab of its own: they mostly wait, and so run side by side.
const sideBySide = (displayName, names, labs = 'own-labs') => ({
  ...shared,
  displayName,
  globals: { labPrefix: `.lab-${displayName}-` },
  globalSetup: `<rootDir>/test/jest/${labs}-up.ts`,
  globalTeardown: `<rootDir>/test/jest/${labs}-down.ts`,
  setupFiles: ['<rootDir>/test/jest/own-lab.ts'],
  testMatch: names.map((name) => `<rootDir>/test/lab/${name}.test.ts`),
});

// Several Pis, and several machines.
const fleet = ['fleet', 'fleet-locks', 'fleet-report', 'more-machines', 'several'];

// What happens to deployments that something goes wrong with: dead links and deadlines.
const faults = [
  'breaking',
  'deployers',
  'killed-provider',
  'long-cut',
  'places',
  'power-cut',
  'reboots',
  'refusals',
  'short-cut',
  'supervised-reboot',
  'supervisor',
];

export default {
  // Real parts on a busy machine: a test that hangs is noticed all the same.
  testTimeout: 60_000,
  testSequencer: '<rootDir>/test/jest/longest-first.mjs',
  projects: [
    { ...shared, displayName: 'unit', testMatch: ['<rootDir>/test/unit/**/*.test.ts'] },
    { ...shared, displayName: 'contract', testMatch: ['<rootDir>/test/contract/**/*.test.ts'] },
    {
      ...lab,
      displayName: 'lab',
      testMatch: ['<rootDir>/test/{lab,lab-machine,lab-nixpkgs}/**/*.test.ts'],
      testPathIgnorePatterns: [
        ...shared.testPathIgnorePatterns,
        ...['documentation', ...fleet, ...faults].map((name) => `/test/lab/${name}\\.test\\.ts$`),
      ],
    },
    sideBySide('documents', ['documentation'], 'documents-labs'),
    sideBySide('fleet', fleet),
    sideBySide('faults', faults),
  ],
};
