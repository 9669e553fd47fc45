import { expect, test } from '@jest/globals';
import { deploymentSchema } from '../../../provider/handlers/deployment-inputs.ts';
import { hardwareConfig } from '../../../provider/handlers/hardware-config.ts';
import { nixosDeployment } from '../../../provider/handlers/nixos-deployment.ts';
import { inputs } from './deployment-samples.ts';
import { recordedContext } from './recorded-context.ts';

function complaints(change: object): string[] {
  const issues = deploymentSchema.safeParse({ ...inputs, ...change }).error?.issues ?? [];
  return issues.map(({ path, message }) => `${path.join('.')} ${message}`);
}

const health =
  "can be a shell command, or `{ command: 'a shell command', root: true }`, but is %. For example: `pulumi config set --path 'healthChecks[0]' 'systemctl is-active nginx'`.";
const place =
  "can be `workstation`, `target` (the Pi), or another machine as `{ host: 'builder.local', user: 'ada' }`, but is %. For example: `pulumi config set buildOn ada@builder.local`.";

test.each<[object, string]>([
  [
    { compress: 'fast' },
    'compress can be `auto`, true or false, but is "fast". For example: `pulumi config set compress auto`.',
  ],
  [
    { goal: 'swich' },
    'goal can be `switch`, `boot`, `test`, but is "swich". For example: `pulumi config set goal switch`.',
  ],
  [{ adopt: 'yes' }, 'adopt can be true or false, but is "yes". For example: `pulumi config set adopt true`.'],
  [
    { keepGenerations: 1.5 },
    'keepGenerations can be a whole number from 1 on, but is 1.5. For example: `pulumi config set keepGenerations 5`.',
  ],
  [
    { keepGenerations: 0 },
    'keepGenerations can be a whole number from 1 on, but is 0. For example: `pulumi config set keepGenerations 5`.',
  ],
  [
    { connectTimeoutSeconds: '9' },
    'connectTimeoutSeconds can be a number of seconds above 0, up to 604800 (a week), but is "9". For example: `pulumi config set connectTimeoutSeconds 120`.',
  ],
  [
    { rebootTimeoutSeconds: 1e9 },
    'rebootTimeoutSeconds can be a number of seconds above 0, up to 604800 (a week), but is 1000000000. For example: `pulumi config set rebootTimeoutSeconds 600`.',
  ],
  [{ healthChecks: [''] }, `healthChecks.0 ${health.replace('%', '""')}`],
  [{ healthChecks: ['true', 3] }, `healthChecks.1 ${health.replace('%', '3')}`],
  [{ healthChecks: [{ command: 'true', rot: true }] }, 'healthChecks.0 Unrecognized key: "rot"'],
  [
    { healthChecks: [{ command: 3 }] },
    `healthChecks.0 ${health.replace('%', '{"command":3}; command: Invalid input: expected string, received number')}`,
  ],
  [{ buildOn: 'targt' }, `buildOn ${place.replace('%', '"targt"')}`],
  [{ buildOn: { host: 'a b' } }, 'buildOn.host "a b" is no host name or address'],
  [
    { buildOn: { user: 'ada' } },
    `buildOn ${place.replace('%', '{"user":"ada"}; host: Invalid input: expected string, received undefined')}`,
  ],
  [{ storePath: 'x' }, 'storePath can be a store path like `/nix/store/…-nixos-system-kitchen-26.05`, but is "x".'],
])('%j is refused with what it can be', (change, complaint) => {
  expect(complaints(change)).toEqual([complaint]);
});

test('the wait for the first boot has a limit too', () => {
  const { connection } = inputs;
  const parsed = hardwareConfig.schema.safeParse({ connection, path: 'x', firstBootTimeoutSeconds: 1e9 });
  expect(parsed.error?.issues.map(({ message }) => message)).toEqual([
    expect.stringContaining('up to 604800 (a week)'),
  ]);
});

test.each<['sudo' | 'run0' | 'doas' | undefined, string | undefined, string[]]>([
  ['run0', 'hush', ['sudoPassword']],
  ['doas', 'hush', ['sudoPassword']],
  ['sudo', 'hush', []],
  [undefined, 'hush', []],
  ['doas', undefined, []],
])('elevation %s with password %s', async (elevation, sudoPassword, properties) => {
  const given = { connection: inputs.connection, flashId: 'flash-1', elevation, sudoPassword };
  for (const { validate } of [nixosDeployment, hardwareConfig]) {
    const failures = (await validate?.(recordedContext(), given, undefined, [])) ?? [];
    expect(failures.map(({ property }) => property)).toEqual(properties);
    expect(JSON.stringify(failures)).not.toContain('hush');
  }
});
