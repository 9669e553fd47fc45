import { appendFileSync } from 'node:fs';
import type { Server } from './server.ts';

const data = '/var/lib/postgresql/data';

// It lasts no longer than the lab: what a crash would need is not written.
const settings = `
listen_addresses = '*'
ssl = on
ssl_cert_file = '/etc/ssl/server.pem'
ssl_key_file = '/etc/ssl/server.key'
jit = off
fsync = off
`;

/** Starts a PostgreSQL on a server, which answers the whole network over TLS, with passwords. Certificate: /etc/ssl/server.pem. */
export async function startPostgres(server: Server): Promise<void> {
  const asPostgres = (...argv: string[]) => [
    'setpriv',
    '--reuid=postgres',
    '--regid=postgres',
    '--clear-groups',
    ...argv,
  ];
  // As Debian has it, where wrappers stand there.
  await server.run(['sh', '-c', 'ln -s /usr/lib/postgresql/*/bin/* /usr/local/bin/']);
  const name = `${server.place.name}.local`;
  await server.run(['useradd', '--system', '--user-group', '--home-dir', '/var/lib/postgresql', 'postgres']);
  await server.run(['install', '-d', '-o', 'postgres', '-g', 'postgres', data, '/run/postgresql']);
  await server.run([
    ...[
      'openssl',
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:prime256v1',
      '-noenc',
      '-days',
      '30',
    ],
    ...['-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name}`],
    ...['-keyout', '/etc/ssl/server.key', '-out', '/etc/ssl/server.pem'],
  ]);
  await server.run(['chown', 'postgres', '/etc/ssl/server.key']);
  const authentication = ['--auth-local=peer', '--auth-host=scram-sha-256'];
  await server.run(asPostgres('initdb', '--no-sync', '--locale=C.UTF-8', ...authentication, '--pgdata', data));
  appendFileSync(server.path(`${data}/postgresql.conf`), settings);
  appendFileSync(server.path(`${data}/pg_hba.conf`), 'hostssl all all 10.42.0.0/24 scram-sha-256\n');
  await server.start(asPostgres('postgres', '-D', data));
  await server.until(['pg_isready', '--quiet']);
}
