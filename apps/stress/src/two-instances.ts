import { TwoInstances } from '../../api/test/two-instances.ts';
import { type Service, withService } from './service.ts';

/**
 * Runs `work` with two instances of the service on one PostgreSQL, of which nothing is left afterwards. No limits unless `env` sets them.
 */
export function withTwoInstances<T>(
  work: (two: TwoInstances) => Promise<T>,
  env: Readonly<Record<string, string>> = {},
): Promise<T> {
  return withService(async (service) => {
    const two = await TwoInstances.start(programsOf(service), env);
    try {
      return await work(two);
    } finally {
      await two.close();
    }
  });
}

/** The key of a new organization. It may do everything. */
export async function createOrganization(two: TwoInstances, name: string): Promise<string> {
  return (await two.admin<{ key: string }>('orgs', 'create', '--name', name)).key;
}

function programsOf(service: Service) {
  return {
    start: (env: Readonly<Record<string, string>>) => service.start({ env }),
    run: async (args: readonly string[], env: Readonly<Record<string, string>>) => {
      const ran = service.spawn({ args, env });
      const code = await ran.exited;
      return { code, stdout: ran.stdout, stderr: ran.stderr };
    },
  };
}
