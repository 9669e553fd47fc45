// From a clean clone and any Node from 20 on to a TypeScript program that runs.
import { spawn } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { installPackages, nodeProgram } from './packages.mjs';

const project = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');

/**
 * Installs the npm packages where they are missing, and runs one of the project's programs with a Node that can run TypeScript, with
 * this process' arguments. This process ends as that one does.
 *
 * @param {string} [program] relative to the project; without one there are only the packages
 */
export async function bootstrap(program) {
  try {
    await installPackages(project);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
    process.exit(1);
  }
  if (program === undefined) return;
  const node = runsTypeScript() ? process.execPath : nodeProgram(project);
  const env = { ...process.env, PATH: `${path.dirname(node)}:${process.env['PATH'] ?? ''}` };
  const child = spawn(node, [path.join(project, program), ...process.argv.slice(2)], {
    cwd: project,
    env,
    stdio: 'inherit',
  });
  // A terminal sends Ctrl-C to both; a supervisor tells only this one.
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  child.on('error', (error) => {
    process.stderr.write(`${node}: ${error.message}\n`);
    process.exit(127);
  });
  child.on('close', (code, signal) => {
    process.removeAllListeners('SIGTERM');
    if (signal === null) process.exit(code ?? 1);
    process.kill(process.pid, signal);
    // A signal that does not end this process must still not look like a success.
    process.exitCode = 1;
  });
}

/** Node.js 22.18, and 23.6 of the next line, are the first that run TypeScript without a flag. */
function runsTypeScript() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  return major > 23 || (major === 23 && minor >= 6) || (major === 22 && minor >= 18);
}
