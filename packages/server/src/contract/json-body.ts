import { isUtf8 } from 'node:buffer';
import express, { type NextFunction, type Request, type RequestHandler, type Response } from 'express';
import { ApiError } from '../errors/api-error.ts';
import { BODY_LIMIT } from './body-limit.ts';
import { findRepeatedName } from './repeated-name.ts';

/** The deepest that arrays and objects may be nested in a request body. */
const DEPTH_LIMIT = 32;

export function readJsonBody(): RequestHandler[] {
  return [
    // strict is off because a body that is valid JSON but no object is a matter of the contract, which names it better.
    express.json({ limit: BODY_LIMIT, inflate: false, strict: false, type: () => true, verify: keepUtf8 }),
    requireInterchangeable,
    requireUniqueNames,
  ];
}

/** The bodies as they came, for what parsing loses. */
const received = new WeakMap<object, Buffer>();

/** Keeps the body if it is UTF-8 (RFC 8259, section 8.1). A decoder would quietly put U+FFFD for what is not UTF-8. */
function keepUtf8(request: object, _response: unknown, bytes: Buffer): void {
  if (!isUtf8(bytes)) throw new Error('The body is not encoded in UTF-8.'); // becomes `entity.verify.failed`
  received.set(request, bytes);
}

/**
 * Refuses what parses but cannot be passed on: deep nesting, which later code would follow by recursion, and unpaired surrogates,
 * which no store can keep (I-JSON, RFC 7493, section 2.1).
 */
function requireInterchangeable(request: Request, _response: Response, next: NextFunction): void {
  let level: unknown[] = [request.body];
  for (let depth = 0; level.length > 0; depth += 1) {
    const values = level.flatMap((value) => {
      if (typeof value === 'string') requireWellFormed(value);
      if (typeof value !== 'object' || value === null) return [];
      Object.keys(value).forEach(requireWellFormed);
      return Object.values(value) as unknown[];
    });
    const isNested = level.some((value) => typeof value === 'object' && value !== null);
    if (isNested && depth >= DEPTH_LIMIT) {
      throw new ApiError('malformed_json', `The body is nested deeper than ${DEPTH_LIMIT} levels.`);
    }
    level = values;
  }
  next();
}

function requireWellFormed(text: string): void {
  if (!text.isWellFormed())
    throw new ApiError('malformed_json', 'The body holds text that is not Unicode: an unpaired surrogate.');
}

/** Comes last, because it needs text that is known to be JSON, and repeats a name that must be Unicode. */
function requireUniqueNames(request: Request, _response: Response, next: NextFunction): void {
  const name = findRepeatedName(received.get(request)?.toString() ?? '');
  if (name !== null) {
    throw new ApiError('malformed_json', `The body has the name ${JSON.stringify(name)} twice in one object.`);
  }
  next();
}
