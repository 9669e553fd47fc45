import { expect, test } from '@jest/globals';
import { providerText } from '../../../provider/dynamic/provider-text.ts';
import { handlers } from '../../../provider/handlers/index.ts';

// These bytes and names are in users' states for ever. If this test fails, the code is wrong, not the test.
test.each([
  ['SdImage', 'exports.handler=()=>require("./provider/dynamic/entry.cjs").load("SdImage");'],
  ['FlashedCard', 'exports.handler=()=>require("./provider/dynamic/entry.cjs").load("FlashedCard");'],
  ['HardwareConfig', 'exports.handler=()=>require("./provider/dynamic/entry.cjs").load("HardwareConfig");'],
  ['NixosDeployment', 'exports.handler=()=>require("./provider/dynamic/entry.cjs").load("NixosDeployment");'],
])('the text that is stored with a %s never changes', (type, text) => {
  expect(providerText(type)).toBe(text);
  expect(handlers[type]).toBeDefined();
});
