import { expect, test } from '@jest/globals';
import { ProvisioningError } from '../../../provider/errors.ts';
import { deliverWithRoom } from '../../../provider/handlers/deliver-with-room.ts';
import { NoRoomError, requireRoom } from '../../../provider/nix/room.ts';
import { SshSession } from '../../../provider/ssh/session.ts';
import { readSshConfiguration } from '../../../provider/ssh/target.ts';
import { recordedContext } from './recorded-context.ts';

const full = new NoRoomError({ what: 'full', inStore: true });
const other = new ProvisioningError({ what: 'something else' });

test.each([
  ['fits', [undefined], true, ['delivered'], undefined],
  ['fits when there is more room', [full, undefined], true, ['made room', 'delivered'], undefined],
  ['does not fit then either', [full, full], true, ['made room'], full],
  ['does not fit, and there is nothing to delete', [full], false, ['made room'], full],
  ['cannot be delivered for another reason', [other], true, [], other],
] as const)('a system that %s', async (_name, endings, hasRoom, expected, error) => {
  const done: string[] = [];
  const left = [...endings];
  const deliver = () => {
    const ending = left.shift();
    if (ending !== undefined) return Promise.reject(ending);
    done.push('delivered');
    return Promise.resolve();
  };
  const makeRoom = () => {
    done.push('made room');
    return Promise.resolve(hasRoom);
  };
  const thrown: unknown = await deliverWithRoom(deliver, makeRoom).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(thrown).toBe(error);
  expect(done).toEqual(expected);
  expect(left).toEqual([]);
});

test('too little room is told apart from other errors', () => {
  const target = readSshConfiguration({ host: 'kitchen', hostKey: 'ssh-ed25519 AAAA' }, 'hostname kitchen\n');
  const room = { device: '/dev/mmcblk0p2', mountPoint: '/', freeBytes: 1 };
  const demand = () => {
    requireRoom(
      new SshSession(recordedContext(), target, 1),
      { free: { store: room, boot: room } },
      { paths: 1, bytes: 2, bootBytes: 0 },
    );
  };
  expect(demand).toThrow(NoRoomError);
});
