import type { WriteStream } from 'node:tty';
import { printable } from '../printable.ts';

/** One line that changes on a terminal; elsewhere a line for each tenth of the way would only fill logs, so there are none. */
export function showProgress(stream: WriteStream): { show: (line: string) => void; end: () => void } {
  let isShown = false;
  return {
    show: (line) => {
      if (!stream.isTTY) return;
      stream.write(`\r\u001b[K${printable(line).slice(0, stream.columns - 1)}`);
      isShown = true;
    },
    end: () => {
      if (isShown) stream.write('\r\u001b[K');
      isShown = false;
    },
  };
}
