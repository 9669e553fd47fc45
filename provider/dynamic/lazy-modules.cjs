// Each program and each provider that loads @pulumi/pulumi loads with it what stores functions of a program (npm's own library and the
// TypeScript compiler), and the Automation API: two thirds of the time that this takes. Here none of them is used. So each is loaded only
// when something of it is read. Whoever else asks for the same packages gets them at once, as ever.
'use strict';

const { registerHooks } = require('module');
const { fileURLToPath } = require('url');

/** Which file of @pulumi/pulumi asks for what, and uses it later if at all. */
const later = new Map([
  ['runtime/closure/codePaths.js', '@npmcli/arborist'],
  ['typescript-shim.js', 'typescript'],
  ['index.js', './automation'],
]);
const inPulumi = /[\\/]@pulumi[\\/]pulumi[\\/](.+)$/;
const scheme = 'lazy:';

function isLater(specifier, parentURL) {
  const [, asking] = inPulumi.exec(parentURL || '') || [];
  return asking !== undefined && later.get(asking) === specifier;
}

/** A module that loads another one when a property of it is read. `__esModule` is read by each import that TypeScript compiled: no use yet. */
function standIn(file) {
  return `let real; module.exports = new Proxy({}, {
    get: (_, name) => name === '__esModule' || (real ??= require(${JSON.stringify(file)}))[name],
  });`;
}

// Only where Pulumi's own script runs: a fleet's NODE_OPTIONS reach whatever runs below an engine.
if (registerHooks !== undefined && inPulumi.test(process.argv[1] || '')) {
  registerHooks({
    resolve(specifier, context, nextResolve) {
      const found = nextResolve(specifier, context);
      if (!isLater(specifier, context.parentURL)) return found;
      return { url: `${scheme}${found.url}`, format: 'commonjs', shortCircuit: true };
    },
    load(url, context, nextLoad) {
      if (!url.startsWith(scheme)) return nextLoad(url, context);
      const source = standIn(fileURLToPath(url.slice(scheme.length)));
      return { format: 'commonjs', source, shortCircuit: true };
    },
  });
}
