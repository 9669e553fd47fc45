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

require('./compile-cache.cjs');

// @pulumi/pulumi takes a stack trace for each resource, and looks up each line of it in the source maps of its own files: a tenth of a
// second for positions that nobody needs. Those of other files are looked up as before.
const noMap = JSON.stringify({ version: 3, sources: [], names: [], mappings: '' });
require('source-map-support').install({
  retrieveSourceMap: (source) => (source.includes('/node_modules/') ? { url: source, map: noMap } : null),
});
