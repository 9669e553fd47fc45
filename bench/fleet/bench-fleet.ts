import type { Lab } from '../../lab/lab.ts';
import { reportToStderr } from '../../lab/report.ts';
import { Checkout, parallel } from './checkout.ts';
import { DeployRs } from './deploy-rs.ts';
import { login } from './light-pi.ts';
import type { Timer } from './observed.ts';
import { deployOne } from './one-deployment.ts';
import { OneProgram } from './one-program.ts';
import { makeShelf, succeed } from './shelf.ts';
import { TrivialStacks } from './trivial-stacks.ts';

/** Pis, and all the ways to bring a change to them that are compared. Each gives how long it took, in seconds. */
export class BenchFleet {
  readonly checkout: Checkout;
  readonly deployRs: DeployRs | undefined;
  readonly #lab: Lab;
  readonly #trivial: TrivialStacks;
  readonly #all: OneProgram;
  readonly #single: OneProgram;

  private constructor(lab: Lab, checkout: Checkout, others: Others) {
    this.#lab = lab;
    this.checkout = checkout;
    this.#trivial = others.trivial;
    this.#all = others.all;
    this.#single = others.single;
    this.deployRs = others.deployRs;
  }

  static async make(lab: Lab, names: readonly string[]): Promise<BenchFleet> {
    reportToStderr(`${String(names.length)} Pis boot for the first time`);
    const pis = await makeShelf(lab, names);
    reportToStderr('a stack for each, and a first deployment');
    const checkout = await Checkout.make(lab, pis);
    reportToStderr('the other contestants');
    const trivial = await TrivialStacks.make(lab, names);
    const all = await OneProgram.make(lab, checkout, pis);
    const single = await OneProgram.make(lab, checkout, pis.slice(0, 1));
    const deployRs = await DeployRs.make(lab, checkout);
    return new BenchFleet(lab, checkout, { trivial, all, single, deployRs });
  }

  status(timer: Timer): Promise<number> {
    return timer(() => this.checkout.command('fleet', 'status'));
  }

  /** What a person would ask the Pis in a script, as many at a time: it knows neither what was deployed nor what is wanted. */
  askBySsh(timer: Timer): Promise<number> {
    const argv = ['xargs', '-P', String(parallel), '-I', '{}', '--', 'ssh', '{}', 'readlink', '/run/current-system'];
    const stdin = this.checkout.pis.map(({ name }) => `${login}@${name}.local`).join('\n');
    return timer(() => succeed(this.#lab, argv, { stdin }));
  }

  byFleet(timer: Timer): Promise<number> {
    return this.#deploying(timer, () => this.checkout.command('fleet', 'up', '--parallel', String(parallel)));
  }

  trivially(timer: Timer): Promise<number> {
    return timer(() => this.#trivial.update());
  }

  byOneProgram(timer: Timer, how: { readonly preview: boolean }): Promise<number> {
    return this.#deploying(timer, () => this.#all.update(how));
  }

  byOneProgramOfOne(timer: Timer, how: { readonly preview: boolean }): Promise<number> {
    return this.#deploying(timer, () => this.#single.update(how), this.checkout.pis.slice(0, 1));
  }

  async byHandler(): Promise<number> {
    const one = this.checkout.pis.slice(0, 1);
    const [storePath = ''] = await this.checkout.change(one);
    const seconds = await deployOne(this.#lab, this.checkout, one[0]?.name ?? '', storePath);
    await this.checkout.mustRun([storePath], one);
    return seconds;
  }

  byDeployRs(timer: Timer, deployRs: DeployRs): Promise<number> {
    return this.#deploying(
      timer,
      () => deployRs.deploy(),
      this.checkout.pis,
      () => deployRs.prepare(),
    );
  }

  /** Times what deploys a new change; what has to be built for it was built before. */
  async #deploying(
    timer: Timer,
    deploy: () => Promise<unknown>,
    pis = this.checkout.pis,
    prepare: () => Promise<unknown> = () => Promise.resolve(),
  ): Promise<number> {
    const storePaths = await this.checkout.change(pis);
    await prepare();
    const seconds = await timer(deploy);
    await this.checkout.mustRun(storePaths, pis);
    return seconds;
  }
}

interface Others {
  readonly trivial: TrivialStacks;
  readonly all: OneProgram;
  readonly single: OneProgram;
  readonly deployRs: DeployRs | undefined;
}
