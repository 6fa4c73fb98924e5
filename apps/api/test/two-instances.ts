import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { startPostgres, type ThrowawayPostgres } from '@signa/scripts/postgres.ts';
import { freePort } from './free-port.ts';
import { startNginx } from './nginx.ts';

const ROLES = readFileSync(new URL('../deploy/roles.sql', import.meta.url), 'utf8');

type Environment = Readonly<Record<string, string>>;

interface Instance {
  kill(signal: NodeJS.Signals): void;
  readonly exited: Promise<unknown>;
}

/** How the program is run. */
export interface Programs {
  /** Starts the service and waits until it is ready. */
  start(env: Environment): Promise<Instance>;
  /** Runs an operator's command. */
  run(
    args: readonly string[],
    env: Environment,
  ): Promise<{ readonly code: number | string; readonly stdout: string; readonly stderr: string }>;
}

/** The sample deployment without containers: PostgreSQL, the roles of roles.sql, two instances, and nginx from nginx.conf. */
export class TwoInstances {
  readonly #programs: Programs;
  readonly #instances: { readonly port: number; running: Instance }[] = [];
  readonly #environment: Environment;
  readonly #owner: string;
  readonly postgres: ThrowawayPostgres;
  #nginx: Awaited<ReturnType<typeof startNginx>> | null = null;

  private constructor(programs: Programs, postgres: ThrowawayPostgres, env: Environment) {
    this.#programs = programs;
    this.postgres = postgres;
    const as = (role: string) => postgres.url('signa').replace('postgres:postgres@', `${role}:${role}-password@`);
    this.#owner = as('signa_owner');
    this.#environment = {
      DATABASE_URL: as('signa_service'),
      TRUST_PROXY: '1',
      // Out of the way of the load, which comes from one address and works for one organization.
      RATE_LIMIT_READS: '1000000',
      RATE_LIMIT_WRITES: '1000000',
      RATE_LIMIT_FAILED_AUTHENTICATIONS: '1000000',
      ...env,
    };
  }

  /** @param env what is set otherwise than here, for both instances */
  static async start(programs: Programs, env: Environment = {}): Promise<TwoInstances> {
    const two = new TwoInstances(programs, await startPostgres({ durable: true }), env);
    try {
      await two.#prepare();
    } catch (error) {
      await two.close();
      throw error;
    }
    return two;
  }

  async #prepare(): Promise<void> {
    await this.postgres.query('CREATE DATABASE signa');
    await this.postgres.query(ROLES, 'signa');
    for (const role of ['signa_owner', 'signa_service']) {
      await this.postgres.query(`ALTER ROLE ${role} PASSWORD '${role}-password'`);
    }
    await this.#run(['migrate', '--service-role', 'signa_service'], { DATABASE_URL: this.#owner });
    for (const port of [await freePort(), await freePort()]) {
      this.#instances.push({ port, running: await this.#startInstance(port) });
    }
    this.#nginx = await startNginx(this.#instances.map(({ port }) => port));
  }

  #startInstance(port: number): Promise<Instance> {
    return this.#programs.start({ ...this.#environment, PORT: String(port) });
  }

  /** Where clients are sent. */
  get url(): string {
    return this.#nginx!.url;
  }

  /** The two behind it. */
  get urls(): readonly string[] {
    return this.#instances.map(({ port }) => `http://127.0.0.1:${port}`);
  }

  /** Ends an instance as a crash does, and starts it again where it was. */
  async crash(index: number): Promise<void> {
    const instance = this.#instances[index]!;
    instance.running.kill('SIGKILL');
    await instance.running.exited;
    instance.running = await this.#startInstance(instance.port);
  }

  /** Runs an operator's command by the service's role, and returns what it prints as JSON. */
  async admin<T>(...args: readonly string[]): Promise<T> {
    return JSON.parse(await this.#run([...args, '--json'], this.#environment)) as T;
  }

  async #run(args: readonly string[], env: Environment): Promise<string> {
    const { code, stdout, stderr } = await this.#programs.run(['admin', ...args], env);
    if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}: ${stderr}`);
    return stdout;
  }

  /** Waits until every instance says that it is ready. */
  async ready(): Promise<void> {
    for (const url of this.urls) {
      while ((await fetch(`${url}/health/ready`)).status !== 200) await sleep(20);
    }
  }

  async close(): Promise<void> {
    await this.#nginx?.stop();
    await this.postgres.close();
  }
}
