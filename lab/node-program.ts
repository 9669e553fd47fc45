import path from 'node:path';
import type { Instance } from './instance.ts';

/** The Node.js that can run this code, for background processes: the one running now may be another. */
export function nodeProgram(instance: Instance): string {
  return path.join(instance.project, 'node_modules/node/bin/node');
}
