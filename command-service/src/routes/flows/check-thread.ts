import { serveThread } from '@flowplane/plumbing/threads';
import type { DefinitionRules } from './definition-body.js';
import { checkDefinition, type DefinitionCheck } from './definition-checks.js';

serveThread((rules: DefinitionRules) => (check: DefinitionCheck) => checkDefinition(check, rules));
