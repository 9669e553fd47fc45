import {
  deleteGenerations,
  garbageCollected,
  generationsToDelete,
  listGenerations,
} from '../activation/generations.ts';
import type { RunningSystem } from '../activation/running-system.ts';
import { ProvisioningError } from '../errors.ts';
import { counted } from '../values/counted.ts';
import { type Deployment, deployerOf, reached } from './deployment.ts';

/** Deletes what `keepGenerations` does not keep. The deployment is done: a failure is only a warning. */
export async function keepFewGenerations(deployment: Deployment, after: RunningSystem): Promise<void> {
  const { context, inputs, elevation } = deployment;
  const { keepGenerations, storePath } = inputs;
  if (keepGenerations === undefined || after.profile !== storePath) return;
  const deleting = reached(deployment).use(async (connection) => {
    const needed = [after.bootedSystem, after.currentSystem, storePath];
    const old = generationsToDelete(await listGenerations(connection), keepGenerations, needed);
    if (old.length === 0) return;
    context.progress(`deleting ${counted(old.length, 'old generation')}`);
    await deleteGenerations(connection, elevation, old, storePath, deployerOf(context));
  });
  await deleting.catch((error: unknown) => {
    if (!(error instanceof ProvisioningError)) throw error;
    context.log.warn(`The deployment is done, but old generations were not deleted. ${error.message}`);
  });
}

/**
 * What `keepGenerations` would delete after the deployment goes before it, where the new system does not fit. The new one counts.
 *
 * @returns whether there is more room.
 */
export async function makeRoom({ context, inputs, elevation, contact }: Deployment): Promise<boolean> {
  const { keepGenerations } = inputs;
  const { profile, bootedSystem, currentSystem, bootInit } = contact.running;
  if (keepGenerations === undefined || profile === '') return false;
  const needed = [profile, bootedSystem, currentSystem, bootInit.replace(/\/init$/, '')];
  const generations = await contact.session.use((connection) => listGenerations(connection));
  const old = generationsToDelete(generations, keepGenerations - 1, needed);
  if (old.length === 0) return false;
  context.log.info(
    `${inputs.connection.host} has too little room: as \`keepGenerations\` says, ${counted(old.length, 'old generation')} will be deleted before the new system is copied.`,
  );
  await contact.session.use((connection) =>
    deleteGenerations(connection, elevation, old, profile, deployerOf(context)),
  );
  context.progress('waiting for the garbage collection');
  await contact.session.use((connection) => garbageCollected(connection, inputs.copyTimeoutSeconds));
  return true;
}
