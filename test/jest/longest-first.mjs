import Sequencer from '@jest/test-sequencer';

/** Without timings of an earlier run jest begins with the largest file; but the longest test, that of the documents, is a small one. */
export default class LongestFirst extends Sequencer {
  sort(tests) {
    const sorted = super.sort(tests);
    const isLongest = ({ context }) => context.config.displayName?.name === 'documents';
    return [...sorted.filter(isLongest), ...sorted.filter((test) => !isLongest(test))];
  }
}
