import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import fastJsonStringify from 'fast-json-stringify';
import { closedSchema } from './closed-schema.ts';
import {
  type Description,
  type HeaderDescription,
  type ResponseDescription,
  resolve,
  type Schema,
} from './description.ts';
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

interface CompiledBody {
  readonly isValidBody: ValidateFunction;
  readonly serialise: (body: unknown) => string;
}

interface CompiledResponse extends CompiledBody {
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
  // What the contract says in many places is compiled once: compiling is most of what start-up costs.
  readonly #responses = new Map<string, CompiledResponse>();
  readonly #bodies = new Map<string, CompiledBody>();
  readonly #headers = new Map<string, CompiledHeader>();

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
        this.#compileResponse(response),
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

  #compileResponse(reference: ResponseDescription): CompiledResponse {
    return once(this.#responses, reference, () => {
      const response = resolve(this.#document, reference);
      const headers = Object.entries(response.headers ?? {}).map(
        ([name, header]) => [name.toLowerCase(), this.#compileHeader(header)] as const,
      );
      return {
        ...this.#compileBody(response.content?.[JSON_MEDIA_TYPE]?.schema ?? {}),
        headers: new Map(headers),
      };
    });
  }

  #compileBody(reference: Schema): CompiledBody {
    return once(this.#bodies, reference, () => {
      const schema = closedSchema(this.#document, reference);
      return {
        isValidBody: this.#ajv.compile(schema),
        // Turns a forbidden null into "" or 0 rather than fail, which is why the body is checked first.
        serialise: fastJsonStringify(schema as fastJsonStringify.Schema),
      };
    });
  }

  #compileHeader(reference: HeaderDescription): CompiledHeader {
    return once(this.#headers, reference, () => {
      const { required, schema } = resolve(this.#document, reference);
      return { required: required === true, isValid: this.#ajv.compile(closedSchema(this.#document, schema)) };
    });
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

/** What is made of a part of the contract, made the first time that the contract says the same. */
function once<T>(made: Map<string, T>, part: object, make: () => T): T {
  const key = JSON.stringify(part);
  const result = made.get(key) ?? make();
  made.set(key, result);
  return result;
}
