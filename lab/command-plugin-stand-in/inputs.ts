import { z } from 'zod';

/** Inputs that local.Command and remote.Command share (common/inputs.go, remote/command.go). */
const commonInputs = {
  create: z.string().optional(),
  update: z.string().optional(),
  delete: z.string().optional(),
  triggers: z.array(z.unknown()).optional(),
  stdin: z.string().optional(),
  environment: z.record(z.string(), z.string()).optional(),
  addPreviousOutputInEnv: z.boolean().default(true),
  logging: z.enum(['stdout', 'stderr', 'stdoutAndStderr', 'none']).optional(),
};

const notSupported = z.undefined(
  'the lab stands in for the plugin of @pulumi/command, and its stand-in does not do this',
);

export const connectionSchema = z.object({
  host: z.string(),
  port: z.number().default(22),
  user: z.string().default('root'),
  password: z.string().optional(),
  privateKey: z.string().optional(),
  privateKeyPassword: z.string().optional(),
  agentSocketPath: z.string().optional(),
  hostKey: z.string().optional(),
  dialErrorLimit: z.number().default(10),
  perDialTimeout: z.number().default(15),
  proxy: notSupported.optional(),
});

export const remoteInputs = z.object({ ...commonInputs, connection: connectionSchema });

export const localInputs = z.object({
  ...commonInputs,
  dir: z.string().optional(),
  interpreter: z.array(z.string()).optional(),
  assetPaths: notSupported.optional(),
  archivePaths: notSupported.optional(),
});

export type Connection = z.infer<typeof connectionSchema>;
export type RemoteInputs = z.infer<typeof remoteInputs>;
export type LocalInputs = z.infer<typeof localInputs>;
export type Inputs = RemoteInputs | LocalInputs;
