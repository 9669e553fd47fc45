import { Command } from 'commander';

export interface ReportOptions {
  /** Stacks by their names; default: all. */
  readonly only?: string;
  /** The file that is written. */
  readonly out: string;
}

/** `npm run fleet -- report` */
export function reportCommand(): Command {
  return new Command('report')
    .description('everything about all Pis and their history, as one HTML page; changes nothing')
    .option('--only <pattern>', 'stacks by their names, for example "attic-*"; default: all')
    .option('--out <file>', 'where to write it', 'fleet-report.html')
    .action(async (options: ReportOptions) => {
      const { writeReport } = await import('./write.ts');
      await writeReport(options);
    });
}
