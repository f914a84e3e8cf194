export { DeprovisionTemplateWorkflow, ProvisionTemplateWorkflow } from '../../provisioning/workflow/index.js';
export { DslInterpreterWorkflow } from './dsl-interpreter-workflow.js';
