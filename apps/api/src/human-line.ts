/** Turns a line of the log into one that is easy on the eye: the time, how bad, what, and the fields. For terminals. */
export function humanLine(line: string): string {
  const { time, level, msg, err, ...fields } = JSON.parse(line) as Line;
  const pairs = Object.entries(fields)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => ` ${name}=${value}`);
  const text = `${time.slice(11, 19)} ${level.toUpperCase().padEnd(5)} ${msg ?? ''}${pairs.join('')}\n${err ? humanError(err) : ''}`;
  // JSON had them escaped. Somebody else's text must not steer the terminal.
  return text.replaceAll(/(?!\n)\p{Cc}/gu, '');
}

interface Line {
  readonly time: string;
  readonly level: string;
  readonly msg?: string;
  readonly err?: LoggedError;
  readonly [field: string]: unknown;
}

interface LoggedError {
  readonly type: string;
  readonly message: string;
  readonly stack?: string;
  readonly cause?: LoggedError;
}

function humanError({ type, message, stack, cause }: LoggedError): string {
  return `${(stack ?? `${type}: ${message}`).replaceAll(/^/gm, '  ')}\n${cause ? `  caused by\n${humanError(cause)}` : ''}`;
}
