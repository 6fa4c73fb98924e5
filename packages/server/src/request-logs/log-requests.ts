import type { Clock } from '../dependencies.ts';
import { ERROR_CODES } from '../errors/error-codes.ts';
import type { FinishedRequest } from '../finished-request.ts';
import { boundRefusals } from './bound-refusals.ts';
import { loggedPath } from './logged-path.ts';
import type { RequestLogRecorder } from './recorder.ts';
import type { RequestLog } from './request-log.ts';

/** Records and counts each request that belongs to an organization. One that nobody authenticated belongs to none. */
export function logRequests(recorder: RequestLogRecorder, clock: Clock) {
  const leavesRow = boundRefusals(clock);
  return ({ context, method, status, arrivedAt, durationMs }: FinishedRequest): void => {
    const { requestId, path, operation, owner, resourceServerId, errorCode, clientAddress } = context;
    if (owner === undefined || operation === undefined) return;
    // The address of a gateway that asks about a key is the operator's, and not for the key's organization to see.
    const isOwnRequest = resourceServerId === undefined;
    const row: RequestLog = {
      ...owner,
      requestId,
      occurredAt: arrivedAt,
      method,
      path: loggedPath(operation, path),
      pathTemplate: operation.path,
      operationId: operation.id,
      status,
      durationMs,
      errorType: status === null || errorCode === undefined ? null : ERROR_CODES[errorCode].type,
      clientAddress: isOwnRequest ? clientAddress : null,
    };
    // A key that no longer works is nobody's use of the service: whoever still has it could run up the numbers for ever.
    const foundInactive = !isOwnRequest && errorCode === 'invalid_credentials';
    if (!foundInactive) recorder.count(row);
    if (leavesRow(owner.organizationId, errorCode)) recorder.record(row);
  };
}
