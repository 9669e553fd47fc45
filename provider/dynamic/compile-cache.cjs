// Keeps what Node has stripped of types and compiled, for the next process: that takes longer than anything else in a preview with
// nothing to do. Preloaded as early as can be; in words that every Node understands (below 14.18 there is no `node:os`), since it comes
// to whatever runs below an engine.
//
// Each program has a folder of its own. @pulumi/pulumi sets a flag of V8 while it is loaded, in the program and in the provider at
// another moment each, and V8 takes no code that was compiled with other flags: in one folder each would reject, compile and write
// again what the other has written. It is below a folder of the user's own, since code is run from it.
'use strict';

const { homedir } = require('os');
const path = require('path');
const { enableCompileCache, flushCompileCache } = require('module');

/** A folder of the user's own; undefined where there is none, as for a user without a home. */
function cacheFolder() {
  const given = process.env['XDG_CACHE_HOME'] || '';
  return [given, path.join(home(), '.cache')].find((folder) => path.isAbsolute(folder));
}

function home() {
  try {
    return homedir();
  } catch {
    return '';
  }
}

const script = process.argv[1];
const folder = cacheFolder();
if (script !== undefined && folder !== undefined && enableCompileCache !== undefined) {
  enableCompileCache(path.join(folder, 'pulumi-nixos-pi', 'node', path.basename(path.dirname(script))));
  // The engine ends the provider by a signal, so it is written before the end.
  require('timers')
    .setTimeout(() => flushCompileCache && flushCompileCache(), 500)
    .unref();
}
