/**
 * The TCP port that an environment variable names, or the usual one when it is not set.
 *
 * @throws an Error whose message tells the person who set the variable what is wrong with it.
 */
export function portFromEnvironment(variable: string, usual: number): number {
  const value = process.env[variable];
  if (!value) return usual;
  const port = /^\d{1,5}$/.test(value) ? Number(value) : 0;
  if (port < 1 || port > 65_535) {
    throw new Error(`${variable} is ${JSON.stringify(value)}, but must be a whole number from 1 to 65535.`);
  }
  return port;
}

/** What to tell the person who wanted a port that another program has. */
export function portInUse(variable: string, port: number, cause: unknown): Error {
  return new Error(`Port ${port} is in use. Free it, or set ${variable} to another one.`, { cause });
}
