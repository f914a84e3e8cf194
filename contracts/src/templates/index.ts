export type { Checked, EngineErrorType, TemplateError } from './errors.js';
export { templateErrorBody } from './errors.js';
export type { AccessSettings, StoredTemplate, TemplateAccess, TemplateAction, TemplateUser } from './access.js';
export {
  checkMayWrite,
  checksBackendRoles,
  checkTemplateAccess,
  isTemplateAdmin,
  maySee as maySeeTemplate,
  ownerIsReadFrom,
} from './access.js';
export type { CheckedSetting, ProvisioningSettings, SettingName, SettingSpec, SettingValue } from './settings.js';
export {
  checkSetting,
  DEFAULT_PROVISIONING_SETTINGS,
  PROVISIONING_SETTINGS,
  readSettings,
  SETTING_PREFIX,
  settingNamed,
  settingVariable,
  withSettings,
} from './settings.js';
export type {
  Template,
  TemplateEdge,
  TemplateNode,
  TemplateResource,
  TemplateVersion,
  TemplateWorkflow,
  TextMap,
} from './document.js';
export { predecessorsById, provisionWorkflow } from './document.js';
export type { TimeValue } from './time-value.js';
export { formatTimeValue, readTimeValue } from './time-value.js';
export type { TemplateFormat } from './body.js';
export { MAX_NODE_TIME_MS } from './node-timeout.js';
export { readTemplateBody, writeTemplateBody } from './body.js';
export type { TemplateParts } from './read-template.js';
export { readTemplate, readTemplateFields } from './read-template.js';
export { deletedAnswer } from './deleted-answer.js';
export type { ShowOptions } from './show-template.js';
export { showTemplate } from './show-template.js';
export type { StepType } from './step-types.js';
export { STEP_TYPES as stepTypes, stepType } from './step-types.js';
export { stepsAnswer } from './steps-answer.js';
export type { GraphOptions } from './graph.js';
export { checkGraph } from './graph.js';
export type { ValidationOptions } from './validation.js';
export { needsOpenSearch, validateTemplate } from './validation.js';
export type { QueryPairs, WriteRequest } from './request-query.js';
export {
  readBooleanParameter,
  readPlainQuery,
  readProvisionQuery,
  readWaitParameter,
  readWriteQuery,
} from './request-query.js';
export { readParameters } from './parameters.js';
export { useCaseNames, useCaseTemplate } from './use-case.js';
export type { StepInputsRequest } from './step-inputs.js';
export { stepInputs } from './step-inputs.js';
export type { KeptParameter, NewSecret, SecretPointer, Secrets } from './credentials.js';
export {
  parameterSecretIds,
  putCredentialsBack,
  putParametersBack,
  hideCredentials,
  nodeSecretIds,
  takeCredentials,
  takeSecretParameters,
  templateSecretIds,
} from './credentials.js';
export type { RunAction, RunNode, RunPlan } from './run-plan.js';
export type { PlanOptions } from './plan-provision.js';
export { planProvision, planResume } from './plan-provision.js';
export type { ReprovisionRequest } from './plan-reprovision.js';
export { planReprovision } from './plan-reprovision.js';
export type { DeprovisionPlan, DeprovisionStep } from './plan-deprovision.js';
export { deprovisionError, planDeprovision, sameResource } from './plan-deprovision.js';
export type { PlannedStep } from './plan-answer.js';
export { shownDeprovisionPlan, shownRunPlan } from './plan-answer.js';
export type { NodeFailure, RunError, RunProgress } from './run-progress.js';
export { errorOfRun, readyNodes } from './run-progress.js';
export { statusName } from './status-names.js';
export type { FieldKind, NestedPath, SearchField, SearchTarget } from './search/fields.js';
export { nestedPaths, searchField } from './search/fields.js';
export type {
  SearchBounds,
  SearchQuery,
  SearchRequest,
  SearchSort,
  SearchValue,
  SourceFilter,
} from './search/query.js';
export { filteredSource, matchesSearch, sortValue, type SearchDocument } from './search/evaluate.js';
export { readSearch } from './search/read-search.js';
export type { SettingChange, SettingScope, SettingsRequest } from './cluster-settings.js';
export { readSettingsRequest, SETTING_SCOPES, shownSettings } from './cluster-settings.js';
