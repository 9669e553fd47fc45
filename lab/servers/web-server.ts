import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { Server } from './server.ts';

const accessLog = '/var/log/nginx/access.log';

const configuration = (site: string): string => `
user www-data;
worker_processes 1;
daemon off;
error_log stderr;
events { }
http {
  log_format lab '$remote_addr $request_method $uri $status $body_bytes_sent';
  access_log ${accessLog} lab;
  ${site}
}
`;

/** A request that a web server has answered. */
export interface Request {
  readonly client: string;
  readonly method: string;
  readonly path: string;
  readonly status: number;
  /** Of the answer's body. */
  readonly bytes: number;
}

/** Starts nginx with a site, whose files are below /srv. */
export async function startWebServer(server: Server, site: string, root: string): Promise<void> {
  for (const folder of ['/etc/nginx', '/var/log/nginx', '/var/lib/nginx'])
    mkdirSync(server.path(folder), { recursive: true });
  await server.run(['install', '-d', '-o', 'www-data', '-g', 'www-data', root]);
  writeFileSync(server.path('/etc/nginx/nginx.conf'), configuration(site));
  await server.start(['nginx', '-c', '/etc/nginx/nginx.conf']);
  await server.until(['bash', '-c', ': < /dev/tcp/127.0.0.1/80']);
}

export async function stopWebServer(server: Server): Promise<void> {
  await server.run(['nginx', '-c', '/etc/nginx/nginx.conf', '-s', 'quit']);
}

/** What was asked for since the server was started. */
export function requests(server: Server): Request[] {
  const lines = readFileSync(server.path(accessLog), 'utf8').trim().split('\n');
  return lines.map((line) => {
    const [client = '', method = '', path = '', status, bytes] = line.split(' ');
    return { client, method, path, status: Number(status), bytes: Number(bytes) };
  });
}
