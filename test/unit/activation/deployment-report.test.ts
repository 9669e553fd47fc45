import { describe, expect, test } from '@jest/globals';
import { DeploymentReport } from '../../../provider/activation/deployment-report.ts';

const run = '0c0ffee0-1234-4abc-8def-0123456789ab';
const storePath = `/nix/store/${'0'.repeat(32)}-new`;

function hear(...lines: string[]) {
  const heard = { phases: [] as string[], log: [] as string[] };
  const report = new DeploymentReport(
    (phase) => heard.phases.push(phase),
    (line, number) => heard.log.push(`${String(number)} ${line}`),
  );
  for (const line of lines) report.hear(line);
  return { ...heard, report };
}

const ended = [
  `record run=${run}`,
  `record storePath=${storePath}`,
  'record phase=ended',
  'record outcome=activated',
  'record code=4',
  'record reason=units failed: a.service',
  'unit a.service',
  'journal it says',
  'journal ',
  'followed',
];

describe('what a follower hears', () => {
  test('phases and the log as they come, the end with its failed units', () => {
    const { phases, log, report } = hear('phase activating', 'log one', 'log ', 'phase confirming', ...ended);
    expect(phases).toEqual(['activating', 'confirming']);
    expect(log).toEqual(['1 one', '2 ']);
    expect(report.result).toEqual({
      outcome: 'activated',
      code: 4,
      reason: 'units failed: a.service',
      failedUnits: [{ name: 'a.service', journal: 'it says\n' }],
      log: 'one\n',
    });
  });

  test('no result where the connection was cut in the middle of the end', () => {
    expect(hear('phase installing', ...ended.slice(0, -1)).report.result).toBeUndefined();
  });

  test('a run that nobody ended was interrupted', () => {
    const { report } = hear(
      `record run=${run}`,
      `record storePath=${storePath}`,
      'record phase=installing',
      'followed',
    );
    expect(report.result).toMatchObject({
      outcome: 'interrupted',
      reason: expect.stringMatching(/while it was installing/),
    });
  });

  test('another deployer, a start that failed, a run that is not known', () => {
    expect(hear('held stack other, bob@laptop').report.result).toMatchObject({
      outcome: 'refused',
      reason: 'Another deployment is under way: stack other, bob@laptop.',
    });
    expect(hear('unfit no room').report.result).toMatchObject({
      outcome: 'refused',
      reason: 'The deployment could not be started: no room.',
    });
    expect(hear('unknown').report.isUnknown).toBe(true);
  });

  test('what the activation prints is never taken for what the supervisor tells', () => {
    const { phases, report } = hear('log phase confirming', 'log followed', 'log record outcome=activated');
    expect(phases).toEqual([]);
    expect(report.result).toBeUndefined();
  });
});
