import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { withRemoteStore } from '../../../provider/nix/remote-store.ts';
import { run } from '../../../provider/process/run.ts';
import { connect, type SshConnection, UnreachableError } from '../../../provider/ssh/connection.ts';
import { resolveKnownHost } from '../../../provider/ssh/known-host-key.ts';
import { freePort } from '../ssh/ssh-server.ts';
import { Wire } from '../ssh/wire.ts';
import { NixMachine } from './nix-machine.ts';

let nix: NixMachine;
let wire: Wire;
let connection: SshConnection;
beforeAll(async () => {
  nix = await NixMachine.start();
  wire = await Wire.to(nix.pi.port);
  connection = await connect(nix.pi.target('free', { port: wire.port }));
}, 300_000);
afterAll(async () => {
  connection.dispose();
  await wire.close();
  await nix.stop();
});

const ask = (address: string) =>
  run('nix', ['--extra-experimental-features', 'nix-command', 'store', 'info', '--json', '--store', address]);

test('the store of another machine answers under an address of this one', async () => {
  const info = await withRemoteStore(
    (streams) => connection.run(['sudo', '-n', 'nix-daemon', '--stdio'], streams),
    ask,
  );
  expect(JSON.parse(info.stdout)).toMatchObject({ url: expect.stringMatching(/^unix:\/\//), trusted: 1 });
});

test('a daemon that cannot be started is the error', async () => {
  const work = withRemoteStore((streams) => connection.run(['no-daemon', '--stdio'], streams), ask);
  await expect(work).rejects.toThrow(
    /^A command on the-pi ended with exit code 127\.[^]*no-daemon: (?:command )?not found/,
  );
});

test('what the client says counts where it goes away first', async () => {
  const work = withRemoteStore(
    (streams) => connection.run(['nix-daemon', '--stdio'], streams),
    (address) =>
      run('nix', [
        '--extra-experimental-features',
        'nix-command',
        'path-info',
        '--store',
        address,
        '/nix/store/00000000000000000000000000000000-nothing',
      ]),
  );
  await expect(work).rejects.toThrow(/path '\/nix\/store\/0+-nothing' (?:is not valid|does not exist)/);
});

test('a connection that is lost is the error', async () => {
  const work = withRemoteStore(
    (streams) => connection.run(['sh', '-c', 'exec sleep 600'], streams),
    (address) => {
      setTimeout(() => {
        wire.cut();
      }, 500);
      return ask(address);
    },
  );
  await expect(work).rejects.toThrow(UnreachableError);
});

test('a build host whose key nobody knows is not trusted at first sight', async () => {
  const host = { host: '127.0.0.1', port: await freePort() };
  await expect(resolveKnownHost(host)).rejects.toThrow(
    /^The host key of 127\.0\.0\.1 is not known on this machine[^]*tried: \[127\.0\.0\.1\]:\d+ in .*known_hosts[^]*what to do: Log in once with `ssh 127\.0\.0\.1`/,
  );
  const { hostKey } = await resolveKnownHost({ ...host, hostKey: nix.pi.hostKeys.ed25519 });
  expect(`ssh-ed25519 ${hostKey.base64}`).toBe(nix.pi.hostKeys.ed25519);
});
