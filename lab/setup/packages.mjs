// The project's npm packages, installed when they are missing.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { Progress } from './progress.mjs';

/**
 * Installs what package-lock.json names and node_modules does not hold.
 *
 * @param {string} project its folder
 */
export async function installPackages(project) {
  // Not `npm ci`: it wants every platform's optional packages in the lock file, and not every registry has those. This takes the locked
  // versions as well, and leaves the lock file as it is.
  const install = ['install', '--no-save', '--no-audit', '--no-fund', '--loglevel=http'];
  if (!hasPackages(project)) await npm(project, 'Installing npm packages', install);
  // The package `node` fetches its binary in an install script, which npm may have been told not to run.
  if (!existsSync(nodeProgram(project)))
    await npm(project, 'Installing Node.js 24', ['rebuild', 'node', '--foreground-scripts']);
}

/**
 * The Node.js 24 that is one of the packages.
 *
 * @param {string} project
 */
export function nodeProgram(project) {
  return path.join(project, 'node_modules/node/bin/node');
}

/** @param {string} project */
function hasPackages(project) {
  const installed = path.join(project, 'node_modules/.package-lock.json');
  if (!existsSync(installed)) return false;
  const wanted = packagesOf(path.join(project, 'package-lock.json'));
  const present = packagesOf(installed);
  return Object.entries(wanted).every(
    ([folder, { version, optional, link }]) =>
      folder === '' || optional || link || present[folder]?.version === version,
  );
}

/**
 * @param {string} file
 * @returns {Record<string, { version?: string, optional?: boolean, link?: boolean }>}
 */
function packagesOf(file) {
  return JSON.parse(readFileSync(file, 'utf8')).packages;
}

/**
 * @param {string} project
 * @param {string} title
 * @param {string[]} args
 */
async function npm(project, title, args) {
  const progress = new Progress();
  progress.start(title);
  const { file, first } = npmProgram();
  const child = spawn(file, [...first, ...args], { cwd: project, stdio: ['ignore', 'pipe', 'pipe'] });
  const output = follow(child, progress);
  const code = await new Promise((resolve) => {
    child.on('error', (error) => {
      output.push(error.message);
      resolve(127);
    });
    child.on('close', (exitCode, signal) => resolve(signal ?? exitCode));
  });
  if (code === 0) return progress.done();
  progress.failed();
  throw new Error(
    `npm ${args.join(' ')} ended with ${code}:\n${output.slice(-20).join('\n')}\n` +
      '  what to do: see that the npm registry can be reached (npm ping), then run this again',
  );
}

/**
 * Shows how many files npm has fetched.
 *
 * @param {import('node:child_process').ChildProcess} child
 * @param {Progress} progress
 * @returns {string[]} its other lines, growing
 */
function follow(child, progress) {
  const others = [];
  let fetched = 0;
  let shownAt = Date.now();
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      if (!/^npm http fetch .* 200 /.test(line)) {
        others.push(line);
        return;
      }
      fetched += 1;
      if (Date.now() - shownAt < 5000) return;
      shownAt = Date.now();
      progress.update(`${fetched} files fetched`);
    });
  }
  return others;
}

/** The npm that runs this script, else the one on PATH. */
function npmProgram() {
  const script = process.env['npm_execpath'];
  return script?.endsWith('.js') ? { file: process.execPath, first: [script] } : { file: 'npm', first: [] };
}
