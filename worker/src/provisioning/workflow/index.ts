export { DeprovisionTemplateWorkflow } from './deprovision-template-workflow.js';
export { ProvisionTemplateWorkflow } from './provision-template-workflow.js';
