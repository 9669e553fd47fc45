import { jest } from '@jest/globals';
import path from 'node:path';
import { Lab } from '../../lab/lab.ts';
import type { RunResult } from '../../lab/run.ts';

// Builds run under emulation, on a machine that may have other things to do.
jest.setTimeout(120_000);

/** The path of a configuration beside the tests. */
export function fixture(name: string): string {
  return path.join(import.meta.dirname, 'fixtures', name);
}

/** Runs a program of Nix on the workstation. */
export async function nix(argv: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<RunResult> {
  return await Lab.open().exec(argv, { env });
}

/** The value of an expression, from JSON; a failure is the test's. */
export async function evaluate(expression: string): Promise<unknown> {
  const result = await nix(['nix-instantiate', '--eval', '--strict', '--json', '--read-write-mode', '-E', expression]);
  if (result.code !== 0) throw new Error(result.stderr);
  return JSON.parse(result.stdout) as unknown;
}

/** An expression for what a configuration evaluates to. */
export function system(configuration: string): string {
  return `(import <nixpkgs/nixos> { configuration = ${configuration}; })`;
}
