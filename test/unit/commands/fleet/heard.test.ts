import { expect, test } from '@jest/globals';
import type { EngineEvent } from '@pulumi/pulumi/automation/index.js';
import { Heard } from '../../../../commands/fleet/heard.ts';

const urn = 'urn:pulumi:kitchen::pis::pulumi-nodejs:dynamic/nixos-pi:NixosDeployment::kitchen';

test.each([
  ['mandatory', [{ urn, text: 'no-deployments-on-fridays: It is Friday.' }]],
  ['advisory', []],
])('a policy that is %s', (enforcementLevel, errors) => {
  const heard = new Heard(() => undefined);
  const policyEvent = {
    resourceUrn: urn,
    policyName: 'no-deployments-on-fridays',
    message: 'It is Friday.\n',
    enforcementLevel,
  };
  heard.hear({ sequence: 1, timestamp: 1, policyEvent } as EngineEvent);
  expect(heard.errors).toEqual(errors);
});
