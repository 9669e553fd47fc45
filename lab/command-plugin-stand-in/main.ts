import { createRequire } from 'node:module';
import { provider } from '@pulumi/pulumi';
import { StandIn } from './stand-in.ts';

const { version } = createRequire(import.meta.url)('@pulumi/command/package.json') as { version: string };

process.stderr.write('a stand-in of the lab serves as the plugin of @pulumi/command\n');
await provider.main(new StandIn(version), process.argv.slice(2));
