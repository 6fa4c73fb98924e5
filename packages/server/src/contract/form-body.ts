import { isUtf8 } from 'node:buffer';
import express, { type NextFunction, type Request, type RequestHandler, type Response } from 'express';
import { invalidRequest } from '../errors/api-error.ts';
import { BODY_LIMIT } from './body-limit.ts';

/**
 * Reads a form as OAuth has it (RFC 6749, section 3.2): a parameter without a value counts as left out, and one that is there twice
 * is refused, because two readers along the way could take different ones.
 */
export function readFormBody(): RequestHandler[] {
  return [express.raw({ limit: BODY_LIMIT, inflate: false, type: () => true }), parseForm];
}

function parseForm(request: Request, _response: Response, next: NextFunction): void {
  const bytes = request.body as Buffer; // express.raw has put it there: there is a body, or the request had been refused
  if (!isUtf8(bytes)) throw invalidRequest([{ path: '', message: 'is not encoded in UTF-8' }]);
  const parameters = new URLSearchParams(bytes.toString());
  const names = [...parameters.keys()];
  const repeated = new Set(names.filter((name, index) => names.indexOf(name) !== index));
  if (repeated.size > 0) {
    throw invalidRequest([...repeated].map((path) => ({ path, message: 'must not be sent twice' })));
  }
  request.body = Object.fromEntries([...parameters].filter(([, value]) => value !== ''));
  next();
}
