export { createClient, type ClientOptions, type SignaClient } from './create-client.ts';
export {
  ApiError,
  ConflictError,
  ConnectionError,
  ForbiddenError,
  NotFoundError,
  RateLimitedError,
  ServiceUnavailableError,
  TimeoutError,
  UnauthorizedError,
  ValidationError,
} from './errors.ts';
export { paginate, type ListItem, type ListPath, type PaginateOptions } from './paginate.ts';
export { unwrap } from './unwrap.ts';
export type { components, paths } from '@signa/openapi';
