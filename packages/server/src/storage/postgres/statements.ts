/** A statement as PostgreSQL takes it. */
interface Statement {
  /** Under which a connection keeps it prepared. */
  readonly name: string;
  /** With `$1` for the first parameter. */
  readonly text: string;
  readonly parameters: readonly string[];
}

const known = new Map<string, Statement>();

/** Gives a text with named parameters numbers in their place. */
export function statementOf(text: string): Statement {
  const prepared = known.get(text);
  if (prepared !== undefined) return prepared;
  const parameters: string[] = [];
  // Two colons are a cast.
  const numbered = text.replaceAll(/(?<!:):([a-z]\w*)/g, (_, name: string) => {
    if (!parameters.includes(name)) parameters.push(name);
    return `$${parameters.indexOf(name) + 1}`;
  });
  const statement = { name: `signa_${known.size}`, text: numbered, parameters };
  known.set(text, statement);
  return statement;
}
