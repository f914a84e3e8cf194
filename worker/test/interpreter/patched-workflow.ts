export { PatchedWorkflow as DslInterpreterWorkflow } from './reordered-workflow.js';
