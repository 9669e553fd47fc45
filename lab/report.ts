/** Told what the lab is about to do that takes a while: one line, in the present tense. */
export type Report = (line: string) => void;

/** Writes each line to standard error, so that standard output stays the command's own. */
export const reportToStderr: Report = (line) => {
  process.stderr.write(`lab: ${line}\n`);
};
