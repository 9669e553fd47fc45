import { mkdir, rm, stat, symlink } from 'node:fs/promises';
import path from 'node:path';
import type { Lab } from '../../../lab/lab.ts';
import { tell } from '../pi-facts.ts';
import { Project } from '../project.ts';
import { type Known, inTheLab, pis } from './story.ts';

/** A checkout on the lab's workstation, and the Pis that its documents speak of. */
export class Bench {
  readonly lab: Lab;
  readonly project: Project;

  private constructor(lab: Lab, project: Project) {
    this.lab = lab;
    this.project = project;
  }

  static async make(lab: Lab): Promise<Bench> {
    await lab.up([...pis]);
    const bench = Bench.at(lab);
    const home = homeIn(lab);
    await rm(home, { recursive: true, force: true });
    await mkdir(home);
    // The plugins are the workstation's.
    await symlink(path.join(lab.instance.directory, 'pulumi-home/plugins'), path.join(home, 'plugins'));
    const unused = await Project.make(lab, 'documented', 'unused');
    await unused.succeed('stack', 'rm', '--yes', 'unused');
    await bench.project.run('rm', '-r', 'hosts/lab');
    await bench.project.run('git', 'init', '--quiet');
    return bench;
  }

  /** The one that was made before. */
  static at(lab: Lab): Bench {
    return new Bench(lab, Project.at(lab, 'documented', environment(homeIn(lab))));
  }

  /** Runs a documented text as a script, on the workstation or on a Pi. */
  async run(text: string, on?: string): Promise<{ readonly code: number; readonly text: string }> {
    const script = await inTheLab(text, this.#known);
    const argv = ['bash', '-e', '-u', '-o', 'pipefail', '-c', script];
    const { code, stdout, stderr } =
      on === undefined
        ? await this.lab.exec(argv, { cwd: this.project.directory, env: this.project.env })
        : await this.lab.pi(on).ssh(argv);
    return { code, text: `${stdout}\n${stderr}` };
  }

  /** Writes a file that a document has its reader write. */
  async write(file: string, text: string): Promise<void> {
    await mkdir(path.dirname(path.join(this.project.directory, file)), { recursive: true });
    await this.project.write(file, await inTheLab(text, this.#known));
  }

  readonly #known: Known = {
    reader: (pi) => path.basename(this.lab.card(pi).device),
    cardSizeBytes: async () => String((await stat(this.lab.card('porch').imagePath)).size),
    fingerprint: async () => {
      const { device } = this.lab.card('kitchen');
      const listed = await this.project.run('node', 'commands/cards/main.ts', '--allow', 'loop', '--device', device);
      const [, named] = /eraseCard (\w+)/.exec(listed) ?? [];
      if (named === undefined) throw new Error(`no fingerprint is named here:\n${listed}`);
      return named;
    },
    hostKey: () => tell(this.lab.pi('attic'), 'cut -d " " -f 1,2 /etc/ssh/ssh_host_ed25519_key.pub'),
    channel: (name) => this.project.run('readlink', '-f', `/nix/var/nix/profiles/per-user/root/channels/${name}`),
  };
}

function homeIn(lab: Lab): string {
  return path.join(lab.instance.directory, 'documented-home');
}

/** Somebody who is asked nothing: `pulumi up` does not ask before it does, git knows who commits. */
function environment(home: string): Record<string, string> {
  return {
    PULUMI_BACKEND_URL: '',
    PULUMI_HOME: home,
    PULUMI_SKIP_CONFIRMATIONS: 'true',
    NO_COLOR: '1',
    NODE_COMPILE_CACHE: path.join(home, 'node-compile-cache'),
    ...{ GIT_AUTHOR_NAME: 'Ada', GIT_AUTHOR_EMAIL: 'ada@example.org' },
    ...{ GIT_COMMITTER_NAME: 'Ada', GIT_COMMITTER_EMAIL: 'ada@example.org' },
  };
}
