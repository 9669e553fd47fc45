// What @pulumi/pulumi loads in each program and each provider to store functions of a program, npm's own library and the TypeScript
// compiler, and its Automation API: a third of the time that a process of either takes to begin. Each is loaded here when something of
// it is asked for, which is never where nobody stores functions. Who else asks for them gets them at once, as ever.
'use strict';

const { registerHooks } = require('module');
const { fileURLToPath } = require('url');

/** Who asks for what, and uses it later if at all. */
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

/** A module that loads another one when a property of it is read. Whoever made it for TypeScript asks for `__esModule` at once. */
function standIn(file) {
  return `let real; module.exports = new Proxy({}, {
    get: (_, name) => name === '__esModule' || (real ??= require(${JSON.stringify(file)}))[name],
  });`;
}

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
