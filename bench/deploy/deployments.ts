import { z } from 'zod';
import { LabError } from '../../lab/errors.ts';
import type { Lab } from '../../lab/lab.ts';
import { deploymentSchema } from '../../provider/handlers/deployment-inputs.ts';
import type { NixosDeploymentInputs, NixosDeploymentOutputs } from '../../provider/handlers/deployment-inputs.ts';
import { deployProject } from '../projects.ts';
import type { Project } from '../projects.ts';
import { deployByScript } from './article.ts';
import type { Step } from './article.ts';
import { changeOnePackage, configurationFile } from './changes.ts';
import type { Order, Performance } from './handler-program.ts';
import type { Host } from './hosts.ts';

const stateSchema = z.object({
  deployment: z.object({
    resources: z.array(
      z.object({
        type: z.string(),
        id: z.string().default(''),
        inputs: z.record(z.string(), z.unknown()).default({}),
        outputs: z.record(z.string(), z.unknown()).default({}),
      }),
    ),
  }),
});

/** Deployments to the lab's Pi, each of another system, in one way or another. Afterwards the Pi has to run what was deployed. */
export class Deployments {
  readonly #lab: Lab;
  readonly #project: Project;
  readonly #id: string;
  readonly #inputs: NixosDeploymentInputs;
  #outputs: NixosDeploymentOutputs;

  private constructor(lab: Lab, project: Project, recorded: Order) {
    this.#lab = lab;
    this.#project = project;
    this.#id = recorded.id;
    this.#inputs = recorded.inputs;
    this.#outputs = recorded.outputs;
  }

  /** @param project has been deployed */
  static async of(lab: Lab, project: Project): Promise<Deployments> {
    return new Deployments(lab, project, await recordedDeployment(lab, project));
  }

  get hostKey(): string {
    return this.#inputs.connection.hostKey;
  }

  async byHandler(host: Host): Promise<Performance> {
    const storePath = await changeOnePackage(this.#lab, this.#project);
    const connection = { host, hostKey: this.hostKey };
    const runs = await this.#runningSystem();
    // As after a refresh: what the other contestant has deployed is known.
    const order: Order = {
      id: this.#id,
      inputs: { ...this.#inputs, connection, storePath },
      outputs: { ...this.#outputs, connection, storePath: runs, bootStorePath: runs },
    };
    const program = `${this.#lab.instance.project}/bench/deploy/handler-program.ts`;
    const stdin = JSON.stringify(order);
    const { code, stdout, stderr } = await this.#lab.exec(['node', program], { cwd: this.#project.directory, stdin });
    if (code !== 0) throw new LabError(`the handler ended with ${String(code)}:\n${stderr}`);
    await this.#mustRun(storePath);
    const performance = JSON.parse(stdout) as Performance;
    this.#outputs = performance.outputs;
    return performance;
  }

  async byScript(host: Host): Promise<readonly Step[]> {
    const storePath = await changeOnePackage(this.#lab, this.#project);
    const steps = await deployByScript(this.#lab, this.#project.directory, configurationFile, host);
    await this.#mustRun(storePath);
    return steps;
  }

  /** With everything that the engine and the program do, and two probes; to the address of the stack. */
  async byEngine(): Promise<void> {
    await deployProject(this.#lab, this.#project);
  }

  /** What is not timed of a deployment by the engine. */
  async prepareEngine(): Promise<void> {
    await changeOnePackage(this.#lab, this.#project);
  }

  async #runningSystem(): Promise<string> {
    return (await this.#lab.pi().ssh(['readlink', '/run/current-system'])).stdout;
  }

  async #mustRun(storePath: string): Promise<void> {
    const runs = await this.#runningSystem();
    if (runs !== storePath) throw new LabError(`the Pi runs ${runs}, not ${storePath}`);
  }
}

/** What a stack's state says of its one deployment. */
export async function recordedDeployment(lab: Lab, { directory, stack }: Project): Promise<Order> {
  const { stdout } = await lab.exec(['pulumi', 'stack', 'export', '--stack', stack], { cwd: directory });
  const { resources } = stateSchema.parse(JSON.parse(stdout)).deployment;
  const found = resources.find(({ type }) => type.endsWith(':NixosDeployment'));
  if (found === undefined) throw new LabError(`no NixosDeployment in the state of ${directory}`);
  const ofSchema = Object.entries(found.inputs).filter(([name]) => name in deploymentSchema.shape);
  return {
    id: found.id,
    inputs: deploymentSchema.parse(Object.fromEntries(ofSchema)),
    outputs: found.outputs as unknown as NixosDeploymentOutputs,
  };
}
