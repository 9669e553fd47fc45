import { describe, expect, test } from '@jest/globals';
import { Interruption } from '../../../../commands/fleet/interruption.ts';

describe('Ctrl-C', () => {
  test('interrupts what runs, once; what comes with it is the same one', async () => {
    const interruption = new Interruption();
    const heard: string[] = [];
    const ended = Promise.withResolvers<undefined>();
    const running = interruption.during(() => heard.push('a'), ended.promise);
    await interruption.during(() => heard.push('done before'), Promise.resolve());
    expect([interruption.signal.aborted, interruption.interrupt(0), interruption.interrupt(300)]).toEqual([
      ...[false, true, false],
    ]);
    expect([interruption.signal.aborted, heard]).toEqual([true, ['a']]);
    // A person who presses it again means it.
    expect([interruption.interrupt(2000), heard]).toEqual([false, ['a', 'a']]);
    ended.resolve(undefined);
    await running;
    interruption.interrupt(9000);
    expect(heard).toEqual(['a', 'a']);
  });
});
