import { added, Flag, Int, Json, list, Long, oneOf, optional, record, Text } from './avro.js';
import { Problem, PROBLEM } from './parts.js';

/**
 * Provisioning templates (`docs/spec/provisioning.md`). Their workspace is always `_tpl`. What is said of credentials
 * are ids of secrets; no value is here.
 */
const TEMPLATE = { templateId: Text };
const PROVISIONING_RUN = { ...TEMPLATE, executionId: Text };

/** Names as clients read them (provisioning 9). */
const RESOURCE_MEMBERS = {
  workflow_step_name: Text,
  workflow_step_id: Text,
  resource_type: Text,
  resource_id: Text,
};
/** Something that a step has made on the provisioned cluster: the `TemplateResource` of `templates/`. */
const TemplateResource = record('TemplateResource', RESOURCE_MEMBERS);
/** Avro defines a name once in a schema: where a message has several lists of resources, each record has another name. */
const resources = (name: string) => list(record(name, RESOURCE_MEMBERS));

/** Whose template it is (provisioning 16). */
const TemplateUser = record('TemplateUser', {
  name: Text,
  backend_roles: list(Text),
  roles: list(Text),
  custom_attribute_names: list(Text),
});

/** A step that was begun and whose end nobody saw; its resource may exist. */
const UnsureResource = record('UnsureResource', {
  workflow_step_name: Text,
  workflow_step_id: Text,
  resource_type: Text,
  /** Null: it has no name before it exists, or nothing was found. */
  resource_id: optional(Text),
  /** What the cluster said afterwards. */
  found: oneOf<'found' | 'not-found' | 'unknown'>(),
});

/** `resume` goes on from the failed node. */
export type ProvisioningAction = 'provision' | 'reprovision' | 'resume';
export type ProvisioningEnd = 'COMPLETED' | 'FAILED';

const CONTENT = {
  template: Json,
  /** Secrets that it refers to. */
  secretIds: list(Text),
};

const NODE_STARTED = {
  ...PROVISIONING_RUN,
  nodeId: Text,
  stepName: Text,
  /** The resource that it is about to make, where its name is known before; null otherwise, and of steps that make none. */
  resourceId: optional(Text),
};
const RESOURCE = { ...PROVISIONING_RUN, resource: TemplateResource };
const PROVISIONED = {
  ...PROVISIONING_RUN,
  status: oneOf<ProvisioningEnd>(),
  /**
   * Of the first failed node in topological order (provisioning 8.3), and its HTTP status. Reported without a status:
   * the engine has lost the run, and what it had begun is unsure.
   */
  error: optional(Text),
  errorStatus: optional(Int),
  /** Nodes that ended well. */
  completed: list(Text),
  unsure: list(UnsureResource),
};

/** The provisioning of what the same command stores: members as those of `ProvisionTemplate`. */
const ProvisionStored = record('ProvisionStored', {
  executionId: Text,
  plan: Json,
  taskPollMs: Long,
  secretIds: list(Text),
  maxActive: optional(Int),
  verdict: optional(record('ProvisioningRefusal', PROBLEM)),
});

/** As the release that had templates first wrote it. */
export const CREATE_TEMPLATE = {
  ...TEMPLATE,
  ...CONTENT,
  user: optional(TemplateUser),
  /** Templates that the tenant may have, as set when it was sent. */
  maxTemplates: Int,
  verdict: optional(Problem),
};
export const UPDATE_TEMPLATE = {
  ...TEMPLATE,
  ...CONTENT,
  /** `fields`: `template` has only the members that change, and any state allows it. */
  scope: oneOf<'whole' | 'fields'>(),
  verdict: optional(Problem),
};
/** Null: it is stored only. */
const WITH_PROVISION = { provision: added(optional(ProvisionStored), null) };

export const TEMPLATE_COMMANDS = {
  CreateTemplate: { ...CREATE_TEMPLATE, ...WITH_PROVISION },
  UpdateTemplate: { ...UPDATE_TEMPLATE, ...WITH_PROVISION },
  DeleteTemplate: {
    ...TEMPLATE,
    clearStatus: Flag,
    /** Access checks are active: a template that is not there is refused. */
    mustExist: Flag,
    verdict: optional(Problem),
  },
  ProvisionTemplate: {
    ...PROVISIONING_RUN,
    action: oneOf<ProvisioningAction>(),
    /** Revision of the template that `plan` was made from; -1: it had none. */
    templateRevision: Long,
    /** What is to be done, in the form that the engine's run takes. */
    plan: Json,
    /** Between two looks at a task of ML Commons, in ms (`task_request_retry_duration`). */
    taskPollMs: Long,
    /** Of a reprovision: the new template. */
    template: optional(Json),
    /** Secrets that plan and template refer to. */
    secretIds: list(Text),
    /** Runs of this kind that the tenant may have at once; null: not bounded. */
    maxActive: optional(Int),
    verdict: optional(Problem),
  },
  DeprovisionTemplate: {
    ...PROVISIONING_RUN,
    /** Ids of resources that may be deleted although their step asks for a permission. */
    allowDelete: list(Text),
    /** Time for one removal, in ms (`request_timeout`). */
    removalTimeoutMs: Long,
    maxActive: optional(Int),
    verdict: optional(Problem),
  },
  RecordProvisioningNodeStarted: NODE_STARTED,
  RecordResourceCreated: RESOURCE,
  RecordResourceRemoved: RESOURCE,
  RecordProvisioningFinished: PROVISIONED,
  RecordDeprovisioningFinished: {
    ...PROVISIONING_RUN,
    removed: resources('RemovedResource'),
    failed: resources('FailedResource'),
    /** Those that need a permission that was not given. */
    setAside: resources('ResourceSetAside'),
  },
};

/** What a deprovisioning run is to remove, in the order in which it was made. */
const DEPROVISIONING = {
  executionId: Text,
  allowDelete: list(Text),
  removalTimeoutMs: Long,
  resources: list(TemplateResource),
};

export const TEMPLATE_CREATED = { ...TEMPLATE, ...CONTENT, user: optional(TemplateUser), templateRevision: Long };
export const TEMPLATE_UPDATED = {
  ...TEMPLATE,
  ...CONTENT,
  scope: oneOf<'whole' | 'fields'>(),
  templateRevision: Long,
};
/** Of a provisioning that was asked for with it. */
const AND_PROVISION = {
  /** The run, which the next event of the command requests; null: there is none. */
  executionId: added(optional(Text), null),
  /** Why there is none although it was asked for. The template is stored all the same. */
  notProvisioned: added(optional(Problem), null),
};

export const TEMPLATE_EVENTS = {
  TemplateCreated: { ...TEMPLATE_CREATED, ...AND_PROVISION },
  TemplateUpdated: { ...TEMPLATE_UPDATED, ...AND_PROVISION },
  TemplateDeleted: {
    ...TEMPLATE,
    templateRevision: Long,
    /** The template was there. */
    existed: Flag,
    /** Its state went with it. */
    stateCleared: Flag,
  },
  ProvisioningRequested: {
    ...PROVISIONING_RUN,
    action: oneOf<ProvisioningAction>(),
    templateRevision: Long,
    plan: Json,
    taskPollMs: Long,
    template: optional(Json),
    secretIds: list(Text),
  },
  ProvisioningNodeStarted: NODE_STARTED,
  ResourceCreated: RESOURCE,
  ResourceRemoved: RESOURCE,
  ProvisioningFinished: {
    ...PROVISIONED,
    /** A deprovisioning that waited for this end, and begins now. */
    next: optional(record('NextDeprovisioning', DEPROVISIONING)),
  },
  DeprovisioningRequested: {
    ...TEMPLATE,
    ...DEPROVISIONING,
    /** The provisioning that is ended first; with one, it begins with that `ProvisioningFinished`. */
    ends: optional(Text),
  },
  DeprovisioningFinished: {
    ...PROVISIONING_RUN,
    failed: resources('FailedResource'),
    setAside: resources('ResourceSetAside'),
    /** All that the template still has. */
    remaining: resources('RemainingResource'),
  },
};
