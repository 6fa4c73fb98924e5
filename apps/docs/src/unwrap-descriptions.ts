/**
 * The contract with each paragraph of its descriptions on one line: Redocly's search would join the lines of a wrapped
 * paragraph without a space. Headings, list items, tables and blank lines stay lines of their own.
 */
export function unwrapDescriptions(contract: string): string {
  return JSON.stringify(
    JSON.parse(contract, (key, value: unknown) =>
      key === 'description' && typeof value === 'string' && !value.includes('```') ? unwrap(value) : value,
    ),
  );
}

function unwrap(markdown: string): string {
  const lines: string[] = [];
  for (const line of markdown.split('\n')) {
    const before = lines.at(-1)?.trim();
    const continues = before && !/^[#|]/.test(before) && /^\s*(?![-*+#>|]|\d+\.)\S/.test(line);
    if (continues) lines.push(`${lines.pop()} ${line.trim()}`);
    else lines.push(line);
  }
  return lines.join('\n');
}
