/**
 * What `work` comes to, or undefined once `ms` are over. Without work it only waits.
 *
 * @throws the signal's reason as soon as the signal is aborted; if it already is, before the work begins.
 */
export function within<Result>(
  ms: number,
  signal: AbortSignal,
  work?: () => Promise<Result>,
): Promise<Result | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  return new Promise<Result | undefined>((resolve, reject) => {
    signal.throwIfAborted();
    // Set, not added: the attempts and waits of a request follow each other, and listeners would pile up on its signal.
    // oxlint-disable-next-line unicorn/prefer-add-event-listener
    signal.onabort = () => reject(signal.reason);
    // A timer that is given more than this fires at once.
    timer = setTimeout(() => resolve(undefined), Math.min(ms, 2 ** 31 - 1));
    work?.().then(resolve, reject);
  }).finally(() => clearTimeout(timer));
}
