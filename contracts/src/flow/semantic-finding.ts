/** Codes of the semantic layer in the order in which they are reported (flow-language 3.1). */
export const SEMANTIC_CODES = [
  'FLW-E001',
  'FLW-E003',
  'FLW-E002',
  'FLW-E009',
  'FLW-E005',
  'FLW-E006',
  'FLW-E004',
  'FLW-E008',
  'FLW-E007',
] as const;

export type SemanticCode = (typeof SEMANTIC_CODES)[number];

/** One semantic error, exactly the keys of the contract (flow-language 3.1). */
export type SemanticError = {
  readonly code: SemanticCode;
  /** Id of the node, or `triggers[i]`. */
  readonly nodeId: string;
  readonly message: string;
};

/** A semantic error with the place in the document an editor would mark. */
export type SemanticFinding = SemanticError & {
  /** RFC 6901 pointer. */
  readonly pointer: string;
};
