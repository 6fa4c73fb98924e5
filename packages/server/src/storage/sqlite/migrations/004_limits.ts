/** The limits that an operator gave an organization, in requests a minute; null for those of the process. */
export const limits = `
  ALTER TABLE organizations ADD COLUMN read_limit  INTEGER CHECK (read_limit > 0);
  ALTER TABLE organizations ADD COLUMN write_limit INTEGER CHECK (write_limit > 0);
`;
