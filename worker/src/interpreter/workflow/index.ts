export { DslInterpreterWorkflow } from './dsl-interpreter-workflow.js';
