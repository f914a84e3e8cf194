import { Flag, Int, Json, list, Long, oneOf, optional, record, type StaticOf, Text } from './avro.js';
import { Problem } from './parts.js';

/**
 * Provisioning templates (`docs/spec/provisioning.md`). Their workspace is always `_tpl`. What is said of credentials
 * are ids of secrets; no value is here.
 */
const TEMPLATE = { templateId: Text };
const PROVISIONING_RUN = { ...TEMPLATE, executionId: Text };

export type TemplateResource = StaticOf<typeof TemplateResource>;
/** Something that a step has made on the provisioned cluster (provisioning 9). */
export const TemplateResource = record('TemplateResource', {
  stepName: Text,
  nodeId: Text,
  resourceType: Text,
  resourceId: Text,
});
/** The same record again: Avro defines a name once in a schema, so each message has one list of it. */
const resources = (name: string) =>
  list(record(name, { stepName: Text, nodeId: Text, resourceType: Text, resourceId: Text }));

export type TemplateUser = StaticOf<typeof TemplateUser>;
/** Whose template it is (provisioning 16). */
export const TemplateUser = record('TemplateUser', {
  name: Text,
  backendRoles: list(Text),
  roles: list(Text),
  customAttributeNames: list(Text),
});

export type UnsureResource = StaticOf<typeof UnsureResource>;
/** A step that was begun and whose end nobody saw; its resource may exist. */
export const UnsureResource = record('UnsureResource', {
  nodeId: Text,
  stepName: Text,
  resourceType: Text,
  /** Null: it has no name before it exists, or nothing was found. */
  resourceId: optional(Text),
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
  /** Of the first failed node in topological order (provisioning 8.3), and its HTTP status. */
  error: optional(Text),
  errorStatus: optional(Int),
  /** Nodes that ended well. */
  completed: list(Text),
  unsure: list(UnsureResource),
};

export const TEMPLATE_COMMANDS = {
  CreateTemplate: {
    ...TEMPLATE,
    ...CONTENT,
    user: optional(TemplateUser),
    /** Templates that the tenant may have, as set when it was sent. */
    maxTemplates: Int,
    verdict: optional(Problem),
  },
  UpdateTemplate: {
    ...TEMPLATE,
    ...CONTENT,
    /** `fields`: `template` has only the members that change, and any state allows it. */
    scope: oneOf<'whole' | 'fields'>(),
    verdict: optional(Problem),
  },
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

/** What a deprovisioning run is to remove, last made first. */
const DEPROVISIONING = { executionId: Text, allowDelete: list(Text), resources: list(TemplateResource) };

export const TEMPLATE_EVENTS = {
  TemplateCreated: { ...TEMPLATE, ...CONTENT, user: optional(TemplateUser), templateRevision: Long },
  TemplateUpdated: { ...TEMPLATE, ...CONTENT, scope: oneOf<'whole' | 'fields'>(), templateRevision: Long },
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
