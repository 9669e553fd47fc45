// The layers of docs/architecture.md, as a rule: imports point one way, from top to bottom.

/** What each layer may import, apart from itself. */
const layers = {
  'index.ts': ['components'],
  // Checks are run over OpenSSH, to the same Pi as all the rest.
  components: ['provider/resources', 'provider/ssh/openssh-command', 'provider/errors', 'provider/values'],
  'provider/resources': ['provider/dynamic', 'provider/handlers', 'provider/nix', 'provider/errors', 'provider/values'],
  'provider/dynamic': ['provider/handlers', 'provider/context', 'provider/errors', 'provider/values'],
  'provider/handlers': [
    'provider/diagnosis',
    'provider/nix',
    'provider/ssh',
    'provider/card',
    'card-writer',
    'provider/activation',
    'provider/process',
    'provider/context',
    'provider/errors',
    'provider/values',
  ],
  'provider/activation': [
    'provider/diagnosis',
    'provider/nix',
    'provider/ssh',
    'provider/process',
    'provider/context',
    'provider/errors',
    'provider/values',
  ],
  'provider/nix': [
    'provider/diagnosis',
    'provider/ssh',
    'provider/process',
    'provider/context',
    'provider/errors',
    'provider/values',
  ],
  'provider/card': ['card-writer', 'provider/process', 'provider/context', 'provider/errors', 'provider/values'],
  commands: [
    'provider/handlers',
    'provider/activation',
    'provider/nix',
    'provider/ssh',
    'provider/context',
    'provider/card',
    'provider/process',
    'provider/errors',
    'provider/values',
    'card-writer',
  ],
  // A program of its own: Node's modules, and nothing of ours.
  'card-writer': [],
  'provider/ssh': ['provider/diagnosis', 'provider/process', 'provider/context', 'provider/errors', 'provider/values'],
  'provider/process': ['provider/context', 'provider/errors', 'provider/values'],
  'provider/diagnosis': [],
  'provider/context': ['provider/errors', 'provider/values'],
  'provider/values': ['provider/errors'],
  'provider/errors': ['provider/values'],
};

const inLayer = (layer) => (layer.endsWith('.ts') ? `^${layer.replace('.', '\\.')}$` : `^${layer}(/|\\.ts$)`);

const layerRules = Object.entries(layers).map(([layer, below]) => ({
  name: `layer ${layer}`,
  severity: 'error',
  from: { path: inLayer(layer) },
  to: {
    path: '^(index\\.ts|components|commands|provider|card-writer|lab|test|bench|docs)(/|\\.ts$|$)',
    pathNot: [layer, ...below].map(inLayer),
  },
}));

/** A package that only one place of the product may import. */
const onlyFrom = (name, packages, places) => ({
  name,
  severity: 'error',
  from: { path: '^(index\\.ts|components|provider)', pathNot: places },
  to: { path: packages },
});

module.exports = {
  forbidden: [
    ...layerRules,
    onlyFrom(
      'processes are started in one place',
      '^node_modules/execa/|^(node:)?child_process$',
      '^provider/process/',
    ),
    onlyFrom('node-ssh is used in one file', '^node_modules/(node-ssh)/', '^provider/ssh/connection\\.ts$'),
    onlyFrom(
      'Pulumi stays on top',
      '^node_modules/@pulumi/',
      '^(index\\.ts$|components/|provider/resources/|provider/dynamic/)',
    ),
    {
      name: 'no cycles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    { name: 'everything can be found', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'only declared packages',
      severity: 'error',
      from: { path: '^(index\\.ts|components|provider|commands|card-writer)' },
      to: {
        dependencyTypes: ['npm-no-pkg', 'npm-unknown', 'npm-dev', 'undetermined'],
        dependencyTypesNot: ['type-only'],
      },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^lab/(nixpkgs|nixos-hardware)/' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
