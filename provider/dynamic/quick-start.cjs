// For a program and a provider to begin with, as early as can be: what makes the loading of @pulumi/pulumi short. It comes to whatever
// runs below an engine, and so is in words that every Node understands.
'use strict';

require('./compile-cache.cjs');
require('./lazy-modules.cjs');
