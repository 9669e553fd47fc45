import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { freePort } from '../ssh/ssh-server.ts';
import { ProviderProcess } from './provider-process.ts';

const hostKey = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f';
const text = 'exports.handler=()=>require("./provider/dynamic/entry.cjs").load("HardwareConfig");';

let provider: ProviderProcess;
let silent: Server;
const accepted: Socket[] = [];
beforeEach(async () => {
  provider = await ProviderProcess.start({ SSH_AUTH_SOCK: '' });
  silent = createServer((socket) => accepted.push(socket));
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  for (const socket of accepted.splice(0)) socket.destroy();
  silent.close();
  await provider.stop();
});

/** A create that would wait for the Pi for an hour. */
function startWaiting(port: number): Promise<string> {
  const inputs = {
    __provider: text,
    __urn: 'urn:pulumi:kitchen::nixos-pi::pulumi-nodejs:dynamic/nixos-pi:HardwareConfig::kitchen',
    connection: { host: '127.0.0.1', user: 'pi', port, hostKey },
    path: '/no/such/directory/hardware-configuration.nix',
    overwrite: false,
    firstBootTimeoutSeconds: 3600,
  };
  return provider.create(inputs).then(
    () => 'it succeeded',
    (error: unknown) => String(error),
  );
}

describe('an engine that is gone without a word', () => {
  test('ends the provider, which stops what it was doing', async () => {
    const creating = startWaiting(await freePort());
    await provider.engine.lineWith('waiting for 127.0.0.1');
    provider.engine.stop();
    expect(await provider.ending()).toBe(1);
    expect(await creating).not.toBe('it succeeded');
  }, 60_000);

  test('ends it also in the middle of a connection attempt', async () => {
    const { port } = silent.address() as AddressInfo;
    const connecting = new Promise<Socket>((resolve) => silent.once('connection', resolve));
    void startWaiting(port);
    await connecting;
    provider.engine.stop();
    expect(await provider.ending()).toBe(1);
  }, 60_000);

  test('and nothing but the port was written to standard output', async () => {
    const creating = startWaiting(await freePort());
    await provider.engine.lineWith('waiting for 127.0.0.1');
    provider.engine.stop();
    await provider.ending();
    await creating;
    expect(provider.stdout).toMatch(/^\d+\n$/);
    expect(provider.stderr).toBe('');
  }, 60_000);
});
