import { z } from 'zod';

const notSupported = z.undefined(
  'the lab stands in for the plugin of @pulumi/command, and its stand-in does not do this',
);

/** Inputs of a local.Command (common/inputs.go, local/command.go). */
export const localInputs = z.object({
  create: z.string().optional(),
  update: z.string().optional(),
  delete: z.string().optional(),
  triggers: z.array(z.unknown()).optional(),
  stdin: z.string().optional(),
  environment: z.record(z.string(), z.string()).optional(),
  addPreviousOutputInEnv: z.boolean().default(true),
  logging: z.enum(['stdout', 'stderr', 'stdoutAndStderr', 'none']).optional(),
  dir: z.string().optional(),
  interpreter: z.array(z.string()).optional(),
  assetPaths: notSupported.optional(),
  archivePaths: notSupported.optional(),
});

export type Inputs = z.infer<typeof localInputs>;
