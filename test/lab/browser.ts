import axe from 'axe-core';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import { browserPackages } from '../../lab/debian/packages.ts';
import { installHostPackages } from '../../lab/debian/host-packages.ts';
import { reportToStderr } from '../../lab/report.ts';

const quiet = [
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** A file in a browser, with all that the browser had to say of it. */
export interface OpenPage {
  readonly page: Page;
  /** Errors and warnings of the console, and what a policy forbade. */
  readonly complaints: readonly string[];
  /** Each address that was asked for. */
  readonly requests: readonly string[];
}

/** Debian's Chromium, installed where it is missing, with a profile of its own that is gone afterwards. */
export async function startBrowser(): Promise<Browser> {
  await installHostPackages(reportToStderr, browserPackages);
  return chromium.launch({ executablePath: '/usr/bin/chromium', chromiumSandbox: false, args: quiet });
}

export async function openFile(browser: Browser, file: string, options: BrowserContextOptions): Promise<OpenPage> {
  const context = await browser.newContext({ ...options, offline: true });
  const page = await context.newPage();
  const [complaints, requests]: [string[], string[]] = [[], []];
  page.on('console', (message) => complaints.push(`${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('request', (request) => requests.push(request.url()));
  await page.goto(pathToFileURL(file).href);
  return { page, complaints, requests };
}

const violations = z.array(
  z.object({ id: z.string(), nodes: z.array(z.object({ html: z.string(), failureSummary: z.string().optional() })) }),
);

/** What axe, which knows WCAG's rules, finds wrong: contrast, names, headings, tables. */
export async function inaccessible(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const found = violations.parse(await page.evaluate('axe.run().then(({ violations }) => violations)'));
  return found.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html}\n${failureSummary ?? ''}`),
  );
}
