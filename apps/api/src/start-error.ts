/** The process cannot start. The message is a sentence that tells the operator what to do. */
export class StartError extends Error {
  override readonly name = 'StartError';
}
