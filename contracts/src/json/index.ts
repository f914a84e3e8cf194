export { beginningOf } from './beginning-of.js';
export type { LiteralPlace } from './exact-integers.js';
export { exceedsExactIntegers, inexactIntegersIn, parseJsonExactly, withQuoted } from './exact-integers.js';
export { firstPointer, isUnkeepable, unkeepableTextIn } from './unkeepable-text.js';
