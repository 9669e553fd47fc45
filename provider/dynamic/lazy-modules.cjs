// Each program and each provider that loads @pulumi/pulumi loads with it what stores functions of a program (npm's own library and the
// TypeScript compiler), and the Automation API: two thirds of the time that this takes. Here none of them is used. So each is loaded only
// when something of it is read. Whoever else asks for the same packages gets them at once, as ever.
'use strict';

const Module = require('module');

/** Which file of @pulumi/pulumi asks for what, and uses it later if at all. */
const later = new Map([
  ['runtime/closure/codePaths.js', '@npmcli/arborist'],
  ['typescript-shim.js', 'typescript'],
  ['index.js', './automation'],
]);
const inPulumi = /[\\/]@pulumi[\\/]pulumi[\\/](.+)$/;

function isLater(request, parent) {
  const [, asking] = inPulumi.exec((parent && parent.filename) || '') || [];
  return asking !== undefined && later.get(asking) === request;
}

/** A module that loads another one when it is looked at. `__esModule` is read by each import that TypeScript compiled: no use yet. */
function standIn(load) {
  let loaded;
  const real = () => (loaded = loaded || load());
  return new Proxy(
    {},
    {
      get: (_, name) => name === '__esModule' || real()[name],
      set: (_, name, value) => Reflect.set(real(), name, value),
      has: (_, name) => name in real(),
      ownKeys: () => Reflect.ownKeys(real()),
      getOwnPropertyDescriptor: (_, name) => {
        const found = Reflect.getOwnPropertyDescriptor(real(), name);
        return found && Object.assign(found, { configurable: true });
      },
    },
  );
}

// Only where Pulumi's own script runs: a fleet's NODE_OPTIONS reach whatever runs below an engine.
// Not module.registerHooks: with those of Node 22.18 to 24.11 at the least, CommonJS modules that a program imports have no require.cache,
// which @pulumi/pulumi itself needs, and loaders that a user has registered fail.
if (inPulumi.test(process.argv[1] || '')) {
  const load = Module._load;
  Module._load = function (request, parent) {
    if (!isLater(request, parent)) return load.apply(this, arguments);
    // Where it is not installed, that is said at once.
    const file = Module._resolveFilename(request, parent);
    const module = new Module(file, parent);
    module.exports = standIn(() => load.call(this, request, parent));
    // A function that refers to it is stored as one that requires it: it is looked for there.
    Module._cache[`lazy:${file}`] = module;
    return module.exports;
  };
}
