// Keeps what Node has stripped of types and compiled, for the next process: that takes longer than anything else in a preview with
// nothing to do. Preloaded as early as can be; in syntax that every Node understands, since it may come to other programs too.
//
// Each program has a folder of its own. @pulumi/pulumi sets a flag of V8 while it is loaded, in the program and in the provider at
// another moment each, and V8 takes no code that was compiled with other flags: in one folder each would reject, compile and write
// again what the other has written. It is below a folder of the user's own, since code is run from it.
'use strict';

const { homedir } = require('node:os');
const path = require('node:path');
const { enableCompileCache, flushCompileCache } = require('node:module');

const script = process.argv[1];
if (script !== undefined && enableCompileCache !== undefined) {
  const caches = process.env['XDG_CACHE_HOME'] || '';
  const folder = path.isAbsolute(caches) ? caches : path.join(homedir(), '.cache');
  enableCompileCache(path.join(folder, 'pulumi-nixos-pi', 'node', path.basename(path.dirname(script))));
  // The engine ends the provider by a signal, so it is written before the end.
  require('node:timers')
    .setTimeout(() => flushCompileCache && flushCompileCache(), 500)
    .unref();
}
