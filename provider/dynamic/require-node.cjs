// Preloaded into the Pulumi program and loaded first by the provider, in syntax that every Node understands: an old Node
// would fail on the first .ts file with a message that names no remedy.
'use strict';

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 18) || (major === 23 && minor < 6)) {
  process.stderr.write(
    'error: pulumi-nixos-pi needs Node.js 22.18 or newer, which runs TypeScript itself; this is Node.js ' +
      process.versions.node +
      ' (' +
      process.execPath +
      ').\n' +
      '  what to do: install Node.js 24 (https://nodejs.org, or `nix shell nixpkgs#nodejs_24`), or use the one that `npm install`\n' +
      '  put into this project: PATH="$PWD/node_modules/node/bin:$PATH" pulumi preview\n',
  );
  process.exit(1);
}

require('./quick-start.cjs');

// A package that @pulumi/pulumi uses makes a fs.Stats itself, and Node would say at each start that it should not. Its own flag against
// that, --disable-warning, Node 18 does not know: it would end there with no word of what it needs.
const { emitWarning } = process;
process.emitWarning = (warning, ...about) => {
  if (!about.includes('DEP0180')) emitWarning.call(process, warning, ...about);
};

// @pulumi/pulumi takes a stack trace for each promise of a resource, and installs this library, which looks for each line of it in source
// maps: some 20 ms a Pi. Node runs TypeScript in its own lines, so that there is nothing to find; for a program that was compiled it does
// the same itself, cheaply, and for no packages. The library installs itself only once: so that is done here, and undone.
const { prepareStackTrace } = Error;
require('source-map-support').install();
Error.prepareStackTrace = prepareStackTrace;
const { setSourceMapsSupport } = require('module');
if (setSourceMapsSupport !== undefined) setSourceMapsSupport(true, { nodeModules: false });
// Node 23.6 cannot leave packages out.
else process.setSourceMapsEnabled(true);
