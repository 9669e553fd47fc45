// What the constant provider text in users' states requires, for ever: keep this path and `load`.
'use strict';

require('./require-node.cjs');

/** @param {string} type the name of the resource, for example NixosDeployment */
exports.load = (type) => require('./serve.ts').serve(type);
