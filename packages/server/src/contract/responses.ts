import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import fastJsonStringify from 'fast-json-stringify';
import { closedSchema } from './closed-schema.ts';
import { type Description, type ResponseDescription, resolve } from './description.ts';
import { FIXED_HEADERS } from './headers.ts';
import type { Operation } from './operations.ts';
import type { Reply } from './reply.ts';

const JSON_MEDIA_TYPE = 'application/json';

/** An answer that the contract does not allow: a defect of the server. What it would have said is not sent. */
class ContractViolation extends Error {
  override readonly name = 'ContractViolation';
}

/**
 * Makes replies of one operation, each checked against the contract.
 *
 * @param sentPayload what was sent before for this body, to be sent again byte for byte. The body is not checked again: it was
 *   when it was first sent, and the contract of a later version may ask for more.
 */
export type PrepareReply = (
  requestId: string,
  status: number,
  body: unknown,
  headers?: Readonly<Record<string, string | number>>,
  sentPayload?: string,
) => Reply;

interface CompiledResponse {
  readonly isValidBody: ValidateFunction;
  readonly serialise: (body: unknown) => string;
  readonly headers: ReadonlyMap<string, CompiledHeader>;
}

interface CompiledHeader {
  readonly required: boolean;
  readonly isValid: ValidateFunction;
}

/** Compiles the checks and serialisers of responses from the contract's schemas, once, at start-up. */
export class ResponseCompiler {
  readonly #document: Description;
  readonly #ajv: Ajv2020;
  /** Most operations share their error responses, and compiling is most of what start-up costs. */
  readonly #shared = new Map<string, CompiledResponse>();

  constructor(document: Description) {
    this.#document = document;
    this.#ajv = new Ajv2020({ allErrors: true, allowUnionTypes: true });
    addFormats.default(this.#ajv);
    this.#ajv.addVocabulary(['x-enumDescriptions', 'x-patternDescription']);
  }

  /** Compiles all that an operation may answer. */
  compile(operation: Pick<Operation, 'id' | 'description'>): PrepareReply {
    const responses = new Map(
      Object.entries(operation.description.responses).map(([status, response]) => [
        Number(status),
        this.#compileShared(response),
      ]),
    );
    return (requestId, status, body, headers = {}, sentPayload) => {
      const response = responses.get(status);
      if (response === undefined)
        throw new ContractViolation(`${operation.id} does not document the status ${status}.`);
      const label = `${operation.id} ${status}`;
      const allHeaders = { ...FIXED_HEADERS, 'X-Request-Id': requestId, ...headers };
      this.#checkHeaders(label, response, allHeaders);
      if (sentPayload === undefined && !response.isValidBody(body)) {
        throw new ContractViolation(`${label}: the body ${this.#explain(response.isValidBody)}.`);
      }
      const payload = sentPayload ?? response.serialise(body);
      return { operationId: operation.id, status, headers: allHeaders, body, payload };
    };
  }

  #compileShared(response: ResponseDescription): CompiledResponse {
    if (response.$ref === undefined) return this.#compileResponse(response);
    const compiled = this.#shared.get(response.$ref) ?? this.#compileResponse(resolve(this.#document, response));
    this.#shared.set(response.$ref, compiled);
    return compiled;
  }

  #compileResponse(response: ResponseDescription): CompiledResponse {
    const schema = closedSchema(this.#document, response.content?.[JSON_MEDIA_TYPE]?.schema ?? {});
    const headers = Object.entries(response.headers ?? {}).map(([name, reference]) => {
      const header = resolve(this.#document, reference);
      const isValid = this.#ajv.compile(closedSchema(this.#document, header.schema));
      return [name.toLowerCase(), { required: header.required === true, isValid }] as const;
    });
    return {
      isValidBody: this.#ajv.compile(schema),
      // Turns a forbidden null into "" or 0 rather than fail, which is why the body is checked first.
      serialise: fastJsonStringify(schema as fastJsonStringify.Schema),
      headers: new Map(headers),
    };
  }

  #checkHeaders(label: string, response: CompiledResponse, headers: Readonly<Record<string, string | number>>): void {
    const given = new Set<string>();
    for (const [name, value] of Object.entries(headers)) {
      given.add(name.toLowerCase());
      const header = response.headers.get(name.toLowerCase());
      if (header === undefined) throw new ContractViolation(`${label} does not document the header ${name}.`);
      if (!header.isValid(value)) {
        throw new ContractViolation(`${label}: the header ${name} ${this.#explain(header.isValid)}.`);
      }
    }
    for (const [name, header] of response.headers) {
      if (header.required && !given.has(name)) throw new ContractViolation(`${label} lacks the header ${name}.`);
    }
  }

  /** Names the place and the rule, never the value: it may be a secret, and this goes to the log. */
  #explain(check: ValidateFunction): string {
    return (check.errors ?? [])
      .map(({ instancePath, message, params }) => {
        const extra = 'additionalProperty' in params ? ` (${params['additionalProperty']})` : '';
        return `${instancePath} ${message}${extra}`.trim();
      })
      .join('; ');
  }
}
