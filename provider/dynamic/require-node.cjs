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

// Stripping types and compiling takes longer than anything else in a preview with nothing to do. The cache is in a folder of
// the user's own, since code is run from it. The engine ends the provider by a signal, so it is written before the end.
const { homedir } = require('node:os');
const path = require('node:path');
const { enableCompileCache, flushCompileCache } = require('node:module');
const caches = process.env['XDG_CACHE_HOME'] || '';
enableCompileCache?.(
  path.join(path.isAbsolute(caches) ? caches : path.join(homedir(), '.cache'), 'pulumi-nixos-pi', 'node'),
);
require('node:timers')
  .setTimeout(() => flushCompileCache?.(), 1000)
  .unref();
