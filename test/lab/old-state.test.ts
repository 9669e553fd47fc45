import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, jest, test } from '@jest/globals';
import { Lab } from '../../lab/lab.ts';
import { Project } from './project.ts';

jest.setTimeout(5 * 60_000);

test('the engine refreshes and destroys a state from November 2026 with today’s code', async () => {
  const lab = Lab.open();
  await lab.up();
  const project = await Project.make(lab, 'old-state', 'old');
  await project.configure(lab.card().device);
  await project.write('state.json', JSON.stringify(await oldState()));
  await project.succeed('stack', 'import', '--file', 'state.json', '--force');
  const before = (await project.state()).map(({ urn }) => urn);
  await project.succeed('refresh', '--yes', '--skip-preview');
  expect((await project.state()).map(({ urn }) => urn)).toEqual(before);
  await project.succeed('destroy', '--yes', '--skip-preview');
  expect(await project.state()).toEqual([]);
});

/** The recorded state, and what was recorded without: a check, which was a remote.Command. */
async function oldState(): Promise<object> {
  const file = path.join(import.meta.dirname, '../fixtures/state-2026-11.json');
  const state = JSON.parse(await readFile(file, 'utf8')) as { deployment: { resources: object[] } };
  const stack = 'urn:pulumi:lab::nixos-pi';
  const provider = `${stack}::pulumi:providers:command::default_1_2_1`;
  const id = '5e1c0a52-0f0b-4b2e-9d0c-6c1b7e6f1a11';
  const inputs = { addPreviousOutputInEnv: true, connection: { host: 'lab.local' }, create: 'nvim --version' };
  state.deployment.resources.push(
    { urn: provider, custom: true, id, type: 'pulumi:providers:command', inputs: { version: '1.2.1' } },
    {
      urn: `${stack}::nixos-pi:index:RaspberryPi$command:remote:Command::lab-check-1`,
      custom: true,
      id: 'lab-check-1a1b2c3d4',
      type: 'command:remote:Command',
      inputs,
      outputs: { ...inputs, stdout: 'NVIM v0.10.4', stderr: '' },
      parent: `${stack}::nixos-pi:index:RaspberryPi::lab`,
      provider: `${provider}::${id}`,
    },
  );
  return state;
}
