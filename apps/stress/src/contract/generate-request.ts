import type { Question } from '../ask.ts';
import { type Operation, resolve, type Schema } from './contract.ts';
import type { Random } from './random.ts';

/** What a request can be about. */
export interface Subjects {
  readonly ids: readonly string[];
  readonly tokens: readonly string[];
}

/** The parts of a request before they are written down. */
export interface Draft {
  readonly operation: Operation;
  readonly path: Record<string, unknown>;
  readonly query: Record<string, unknown>;
  readonly header: Record<string, unknown>;
  body: unknown;
}

const LETTERS = [...'abcXYZ 019-_.:/äß東👍'];

let named = 0;

/** A request that keeps to the schemas of the contract. */
export function generateRequest(operation: Operation, random: Random, subjects: Subjects): Draft {
  const draft: Draft = { operation, path: {}, query: {}, header: {}, body: undefined };
  for (const { name, in: place, required, schema } of operation.parameters) {
    // A cursor is valid only after the page that it came with.
    if (required !== true && (name === 'cursor' || random.chance(0.5))) continue;
    draft[place][name] = generate(schema, random, subjects, name);
  }
  inOrder(draft.query);
  if (operation.body !== null) draft.body = generate(operation.body.schema, random, subjects, 'body');
  return draft;
}

/** A range of days does not end before it starts. The contract says so in words, which no schema can. */
function inOrder(query: Record<string, unknown>): void {
  const { start_date: start, end_date: end } = query;
  if (typeof start === 'string' && typeof end === 'string' && start > end) {
    query['start_date'] = end;
    query['end_date'] = start;
  }
}

/** A value that a schema allows. What a schema cannot say is known by the name: whose id, a time to come, a name nobody has. */
function generate(reference: Schema, random: Random, subjects: Subjects, name: string): unknown {
  const schema = resolve(reference);
  if (schema.const !== undefined) return schema.const;
  if (schema.enum !== undefined) return random.pick(schema.enum);
  const type = typeof schema.type === 'string' ? schema.type : random.pick(schema.type ?? ['string']);
  switch (type) {
    case 'null':
      return null;
    case 'boolean':
      return random.chance(0.5);
    case 'integer':
      return random.pick([
        schema.minimum ?? 0,
        schema.maximum ?? 100,
        random.integer(schema.minimum ?? 0, schema.maximum ?? 100),
      ]);
    case 'array': {
      const items = resolve(schema.items!);
      return random.some(items.enum!, schema.minItems ?? 0);
    }
    case 'object':
      return generateObject(schema, random, subjects);
    default:
      return generateText(reference, schema, random, subjects, name);
  }
}

function generateObject(schema: Schema, random: Random, subjects: Subjects): object {
  const properties = Object.entries(schema.properties ?? {});
  const chosen = properties.filter(([name]) => schema.required?.includes(name) || random.chance(0.5));
  if (chosen.length < (schema.minProperties ?? 0)) chosen.push(random.pick(properties));
  const object = Object.fromEntries(
    chosen.map(([name, property]) => [name, generate(property, random, subjects, name)] as const),
  );
  if (typeof schema.additionalProperties !== 'object') return object;
  for (let i = random.integer(0, 5); i > 0; i -= 1) {
    object[`label ${i}`] = generate(schema.additionalProperties, random, subjects, 'label');
  }
  return object;
}

function generateText(reference: Schema, schema: Schema, random: Random, subjects: Subjects, name: string): string {
  if (reference.$ref === '#/components/schemas/ApiKeyId') return random.pick(subjects.ids);
  if (name === 'Idempotency-Key') return `${random.next()}`;
  if (name === 'required_scope') return random.pick(['trademarks:read', 'billing:read trademarks:read']);
  if (name === 'token') return random.pick(subjects.tokens);
  if (schema.format === 'date')
    return new Date(Date.now() - random.integer(0, 20) * 86_400_000).toISOString().slice(0, 10);
  if (schema.format === 'date-time') return new Date(Date.now() + random.integer(1, 300) * 86_400_000).toISOString();
  if (reference.$ref === '#/components/schemas/ApiKeyName')
    return `${(named += 1)} ${generateLetters(random, 1, 200)}.`;
  if (schema.pattern !== undefined) return exampleOf(schema, name, random);
  return generateLetters(random, schema.minLength ?? 0, Math.min(schema.maxLength ?? 100, 255));
}

/** Texts with a pattern are those of the contract's examples; where it has none, the generator must learn the pattern. */
function exampleOf({ examples, pattern }: Schema, name: string, random: Random): string {
  if (examples === undefined) throw new Error(`No text is known for ${name}, which must match ${pattern}.`);
  return String(random.pick(examples));
}

function generateLetters(random: Random, from: number, to: number): string {
  const length = random.chance(0.1) ? to : random.integer(from, Math.min(to, from + 20));
  return Array.from({ length }, () => random.pick(LETTERS)).join('');
}

/** The same request with one keyword of one schema violated, and which, or null where there is nothing to violate. */
export function violateOne(draft: Draft, random: Random): { draft: Draft; violated: string } | null {
  const { operation } = draft;
  const changeable = operation.parameters.filter(({ in: place }) => place !== 'path');
  const violations: [string, Draft][] = [];
  for (const { name, in: place, schema, required } of changeable) {
    for (const [keyword, value] of wrongTexts(resolve(schema))) {
      // A header cannot be without a value, and Node refuses to send one with control characters.
      if (place === 'header' && value === '') continue;
      violations.push([`${name} ${keyword}`, { ...draft, [place]: { ...draft[place], [name]: value } }]);
    }
    if (required === true) {
      const { [name]: _, ...rest } = draft[place];
      violations.push([`${name} required`, { ...draft, [place]: rest }]);
    }
  }
  violations.push(['an unknown parameter', { ...draft, query: { ...draft.query, unknown: '1' } }]);
  if (operation.body !== null) {
    for (const [keyword, body] of wrongValues(operation.body.schema, draft.body, operation.body.type)) {
      violations.push([`body ${keyword}`, { ...draft, body }]);
    }
  }
  if (violations.length === 0) return null;
  const [violated, wrong] = random.pick(violations);
  return { violated, draft: wrong };
}

/** Texts that a schema of a parameter refuses. */
function wrongTexts({
  type,
  enum: allowed,
  pattern,
  minimum,
  maximum,
  minLength,
  maxLength,
}: Schema): [string, string][] {
  const wrong: [string, string][] = [];
  if (type === 'integer') wrong.push(['type', 'one'], ['type', '1.5'], ['type', '1e1']);
  if (type === 'boolean') wrong.push(['type', 'yes']);
  if (allowed !== undefined) wrong.push(['enum', 'none of them']);
  if (pattern !== undefined) wrong.push(['pattern', '\u00a0ä']);
  if (minimum !== undefined) wrong.push(['minimum', String(minimum - 1)]);
  if (maximum !== undefined) wrong.push(['maximum', String(maximum + 1)]);
  if (minLength !== undefined && minLength > 0) wrong.push(['minLength', '']);
  if (maxLength !== undefined) wrong.push(['maxLength', 'a'.repeat(maxLength + 1)]);
  return wrong;
}

/** Values with one keyword violated, at any depth. Texts are sent by forms, which know no other type. */
function wrongValues(reference: Schema, value: unknown, media: string): [string, unknown][] {
  const schema = resolve(reference);
  const isForm = media !== 'application/json';
  const wrong: [string, unknown][] = [];
  if (!isForm && schema.type !== undefined) {
    const types = new Set<string>([schema.type].flat());
    const others: [string, unknown][] = [
      ['null', null],
      ['boolean', true],
      ['integer', 7],
      ['string', 'a'],
      ['array', []],
      ['object', {}],
    ];
    for (const [type, other] of others) if (!types.has(type)) wrong.push([`type ${type}`, other]);
    if (types.has('integer')) wrong.push(['type number', 1.5]);
  }
  if (schema.enum !== undefined) wrong.push(['enum', 'none of them']);
  if (schema.minimum !== undefined) wrong.push(['minimum', schema.minimum - 1]);
  if (schema.maximum !== undefined) wrong.push(['maximum', schema.maximum + 1]);
  if (schema.pattern !== undefined) wrong.push(['pattern', ' \u0000']);
  if (schema.format === 'date-time') wrong.push(['format', '2027-02-30T16:00:00Z']);
  // In a form, a parameter without a value counts as left out (RFC 6749, section 3.2).
  if (!isForm && (schema.minLength ?? 0) > 0) wrong.push(['minLength', '']);
  if (schema.maxLength !== undefined) wrong.push(['maxLength', 'a'.repeat(schema.maxLength + 1)]);
  if ((schema.minItems ?? 0) > 0) wrong.push(['minItems', []]);
  if (Array.isArray(value)) {
    if (schema.uniqueItems === true && value.length > 0) wrong.push(['uniqueItems', [...value, value[0]]]);
    if (schema.maxItems !== undefined) wrong.push(['maxItems', Array(schema.maxItems + 1).fill(value[0])]);
    for (const [keyword, item] of wrongValues(schema.items!, value[0], media)) {
      wrong.push([`items ${keyword}`, [item, ...value.slice(1)]]);
    }
  } else if (typeof value === 'object' && value !== null) {
    const fields = value as Record<string, unknown>;
    if (schema.additionalProperties === false) wrong.push(['additionalProperties', { ...fields, unknown: 1 }]);
    if ((schema.minProperties ?? 0) > 0) wrong.push(['minProperties', {}]);
    if (schema.maxProperties !== undefined) {
      const many = Array.from({ length: schema.maxProperties + 1 }, (_, index) => [`label ${index}`, 'a']);
      wrong.push(['maxProperties', Object.fromEntries(many)]);
    }
    for (const name of schema.required ?? []) {
      const { [name]: _, ...rest } = fields;
      wrong.push([`${name} required`, rest]);
    }
    for (const [name, property] of Object.entries(schema.properties ?? {})) {
      for (const [keyword, part] of wrongValues(property, fields[name], media)) {
        wrong.push([`${name} ${keyword}`, { ...fields, [name]: part }]);
      }
    }
  }
  return wrong;
}

/** The request as it is sent. */
export function writeRequest({ operation, path, query, header, body }: Draft): Question {
  const parameters = new URLSearchParams(
    Object.entries(query).map(([name, value]): [string, string] => [name, String(value)]),
  );
  const filled = operation.path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(path[name])));
  const headers = Object.fromEntries(
    Object.entries(header).map(([name, value]) => [name, Buffer.from(String(value)).toString('latin1')]),
  );
  const type = operation.body?.type ?? 'application/json';
  const isForm = type === 'application/x-www-form-urlencoded';
  return {
    method: operation.method,
    path: parameters.size === 0 ? filled : `${filled}?${parameters.toString()}`,
    headers: body === undefined ? headers : { ...headers, 'Content-Type': type },
    ...(body !== undefined && {
      body: isForm ? new URLSearchParams(body as Record<string, string>).toString() : JSON.stringify(body),
    }),
  };
}
