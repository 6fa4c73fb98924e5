/**
 * The form in which names are told apart: Unicode normalization form C, so that `é` typed as one character or as `e`
 * with an accent is the same name.
 */
export function normalizeName(name: string): string {
  return name.normalize('NFC');
}

/**
 * The form in which names are searched: normalized, and without the difference of capital and small letters. In capitals, because
 * these are fewer: ς and σ are both Σ, and ß is SS.
 */
export function foldName(name: string): string {
  return normalizeName(name).toUpperCase();
}
