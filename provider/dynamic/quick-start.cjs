// What makes the loading of @pulumi/pulumi short, for programs and providers to begin with. It comes to whatever runs below an engine,
// and so is in words that every Node understands.
'use strict';

require('./compile-cache.cjs');
require('./lazy-modules.cjs');
