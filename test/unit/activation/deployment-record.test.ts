import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  deployedStorePaths,
  deploymentHistory,
  parseDeploymentRecord,
  pendingReboot,
} from '../../../provider/activation/deployment-record.ts';

const run = '0c0ffee0-1234-4abc-8def-0123456789ab';
const storePath = (name: string) => `/nix/store/${'0'.repeat(32)}-${name}`;

function record(change: Readonly<Record<string, string>> = {}): string {
  const fields = {
    run,
    storePath: storePath('new'),
    previous: storePath('old'),
    previousGeneration: '7',
    goal: 'switch',
    phase: 'ended',
    outcome: 'rolled-back',
    code: '4',
    bootId: 'this-boot',
    time: '1795397670',
    deployer: 'stack kitchen, ada@laptop',
    reason: 'two\\nlines, a \\\\n',
    ...change,
  };
  return lines('deployment-record', fields);
}

function lines(mark: string, fields: Readonly<Record<string, string>>): string {
  return Object.entries(fields)
    .map(([name, value]) => `${mark} ${name}=${value}\n`)
    .join('');
}

const now = (unit: string, bootId = 'this-boot') => lines('deployment-now', { bootId, unit });

describe('the record of a deployment', () => {
  test('is read from among other lines', () => {
    expect(parseDeploymentRecord(`currentSystem=x\n${record()}${now('inactive')}extlinux:\nLABEL x\n`)).toEqual({
      run,
      storePath: storePath('new'),
      previous: storePath('old'),
      previousGeneration: 7,
      goal: 'switch',
      phase: 'ended',
      outcome: 'rolled-back',
      code: 4,
      bootId: 'this-boot',
      time: 1795397670,
      deployer: 'stack kitchen, ada@laptop',
      reason: 'two\nlines, a \\n',
    });
  });

  test.each([
    { unit: 'active', bootId: 'this-boot', outcome: undefined },
    { unit: 'deactivating', bootId: 'this-boot', outcome: undefined },
    { unit: 'inactive', bootId: 'this-boot', outcome: 'interrupted' },
    { unit: 'failed', bootId: 'this-boot', outcome: 'interrupted' },
    { unit: '', bootId: 'this-boot', outcome: 'interrupted' },
    { unit: 'active', bootId: 'another-boot', outcome: 'interrupted' },
  ])('without an end, its unit $unit, $bootId: $outcome', ({ unit, bootId, outcome }) => {
    const text = record({ phase: 'confirming', outcome: '' }) + now(unit, bootId);
    expect(parseDeploymentRecord(text)?.outcome).toBe(outcome);
  });

  test.each([
    ['run', 'x'],
    ['run', '../../../../etc/passwd'],
    ['storePath', '/etc'],
    ['storePath', ''],
  ])('is none where %s is %j', (name, value) => {
    expect(parseDeploymentRecord(record({ [name]: value }))).toBeUndefined();
  });

  test('nothing that a file holds throws', () => {
    const mark = fc.constantFrom('deployment-record ', 'deployment-history ', 'deployment-reboot ', '');
    const line = fc.tuple(mark, fc.oneof(fc.string(), fc.constantFrom('run=', `run=${run}`, 'code=9e99', 'reason=\\')));
    fc.assert(
      fc.property(fc.array(line), (all) => {
        const text = all.map((parts) => parts.join('')).join('\n');
        parseDeploymentRecord(text);
        deployedStorePaths(text);
        pendingReboot(text);
      }),
    );
  });
});

describe('the systems that deployments made the Pi’s', () => {
  const history = (outcome: string, name: string) =>
    `deployment-history 1795397670\t${outcome}\t${run}\tswitch\t${storePath(name)}\t${storePath('old')}\tada\n`;

  test('those that ran or were installed, and the last one as soon as it may have run', () => {
    const text = [
      history('activated', 'one'),
      history('refused', 'two'),
      history('rolled-back', 'three'),
      history('installed', 'four'),
      history('tested', 'five'),
      'deployment-history cut off\t',
      `deployment-history 1\tactivated\t${run}\tswitch\t/etc/passwd\t\tbob\n`,
      record({ phase: 'activating', outcome: '' }),
      now('active'),
    ].join('\n');
    expect(deployedStorePaths(text).map((entry) => entry.storePath)).toEqual(
      ['one', 'four', 'five', 'new'].map(storePath),
    );
    expect(deployedStorePaths(text)[0]?.deployer).toBe('ada');
  });

  test('have times that can be told, whatever the Pi says', () => {
    const text = `deployment-history 999999999999999\tactivated\t${run}\tswitch\t${storePath('one')}\t\tada\n`;
    const [past] = deploymentHistory(text);
    expect(new Date((past?.time ?? NaN) * 1000).toISOString()).toBe('1970-01-01T00:00:00.000Z');
    const last = parseDeploymentRecord(record({ time: '999999999999999' }) + now('active'));
    expect(last?.time).toBe(0);
  });

  test.each([
    { phase: 'ended', outcome: 'rolled-back', ours: false },
    { phase: 'ended', outcome: 'refused', ours: false },
    { phase: 'ended', outcome: 'activated', ours: true },
    { phase: 'going-back', outcome: '', ours: true },
    { phase: 'starting', outcome: '', ours: false },
  ])('a last one that is $phase $outcome: $ours', ({ phase, outcome, ours }) => {
    const text = record({ phase, outcome }) + now('inactive');
    expect(deployedStorePaths(text)).toHaveLength(ours ? 1 : 0);
  });
});

describe('a reboot that nobody confirmed', () => {
  test('is told with its deployer', () => {
    const text = lines('deployment-reboot', { run, storePath: storePath('new'), deployer: 'stack kitchen' });
    expect(pendingReboot(text)).toEqual({ run, storePath: storePath('new'), deployer: 'stack kitchen' });
    expect(pendingReboot('')).toBeUndefined();
  });
});
