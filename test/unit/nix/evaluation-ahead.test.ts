import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { execa } from 'execa';
import { ProgramStandIns } from '../components/program-stand-ins.ts';

const project = fileURLToPath(new URL('../../..', import.meta.url));

let programs: ProgramStandIns;
beforeEach(() => {
  const answer = { storePath: '/nix/store/pi', drvPath: '/nix/store/pi.drv', system: 'aarch64-linux' };
  programs = new ProgramStandIns(answer);
  programs.write({ 'first.nix': '{ }', 'second.nix': '{ }' });
  process.env['NIXOS_PI_PARALLEL_EVALUATIONS'] = '1';
});
afterEach(() => {
  programs.remove();
});

/** From now on an evaluation tells its process, and then does this before it answers. */
function evaluationsDo(script: string): void {
  const evaluation = `echo $$ > "\${0%/*}/process"\n${script}`;
  programs.write({
    'nix-instantiate': `#!/bin/sh\ncase $* in *nixos-config=*)\n${evaluation}\n;; esac\ncat "\${0%/*}/answer.json"\n`,
  });
}

/** What a program prints that begins two evaluations ahead, one after the other, and does the rest when the first has begun. */
async function run(rest: string): Promise<string> {
  const program = `
    import { existsSync, readFileSync } from 'node:fs';
    import { setTimeout as sleep } from 'node:timers/promises';
    import { evaluateSystem, evaluateSystemAhead } from '${project}/provider/nix/evaluate.ts';
    const configuration = (name) => ({ kind: 'channel', file: '${programs.directory}/' + name, nixPath: [] });
    const ask = (name) => evaluateSystem(configuration(name), () => {}).then(({ storePath }) => { console.log(storePath); });
    const evaluation = '${programs.directory}/process';
    for (const name of ['first.nix', 'second.nix']) void evaluateSystemAhead(configuration(name));
    while (!existsSync(evaluation) || readFileSync(evaluation, 'utf8') === '') await sleep(20);
    ${rest}`;
  const node = join(project, 'node_modules/node/bin/node');
  return (await execa(node, ['--input-type=module', '--eval', program])).stdout;
}

describe('a program that has begun evaluations ahead', () => {
  test('does not wait for them where nobody asks, but ends what runs', async () => {
    evaluationsDo('exec sleep infinity');
    const pid = await run("process.stdout.write(readFileSync(evaluation, 'utf8'));");
    await execa('tail', ['--pid', pid.trim(), '-f', '/dev/null']);
  });

  test.each(['first.nix', 'second.nix'])('waits where somebody asks for %s', async (name) => {
    evaluationsDo('sleep 0.5');
    expect(await run(`void ask('${name}');`)).toBe('/nix/store/pi');
  });
});
