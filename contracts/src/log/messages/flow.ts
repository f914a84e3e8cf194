import { Int, Json, list, Long, optional, Text } from './avro.js';
import { Problem } from './parts.js';
import { TriggerRegistration } from './trigger.js';

const DRAFT = {
  definition: optional(Json),
  definitionYaml: optional(Text),
};

export const FLOW_COMMANDS = {
  CreateFlow: {
    flowId: Text,
    name: Text,
    dslApiVersion: Text,
    ...DRAFT,
    verdict: optional(Problem),
  },
  /**
   * Null members are left as they are. `definition` without `definitionYaml` clears the kept YAML; YAML comes with the
   * definition parsed from it.
   */
  UpdateFlow: {
    flowId: Text,
    expectedRevision: optional(Long),
    name: optional(Text),
    ...DRAFT,
    verdict: optional(Problem),
  },
  DeleteFlow: { flowId: Text, expectedRevision: optional(Long) },
  /** A version that is no positive integer is 0. */
  ArchiveFlowVersion: { flowId: Text, version: Int },
  PublishFlow: {
    flowId: Text,
    expectedRevision: optional(Long),
    /** Revision of the draft that was loaded; -1 when none was found. */
    draftRevision: Long,
    /**
     * Offset of the command that created the draft's flow: a flow that was deleted and created again counts its
     * revisions from 1. Null: not known, and not compared.
     */
    draftBirth: optional(Long),
    ...DRAFT,
    dslApiVersion: Text,
    triggers: list(TriggerRegistration),
    verdict: optional(Problem),
  },
};

export const FLOW_EVENTS = {
  FlowCreated: { flowId: Text, name: Text, dslApiVersion: Text, ...DRAFT, revision: Long },
  FlowUpdated: { flowId: Text, name: optional(Text), ...DRAFT, revision: Long },
  FlowDeleted: { flowId: Text, revision: Long },
  /** It starts no more runs and counts no more; it can still be read, and runs of it go on. */
  FlowVersionArchived: { flowId: Text, version: Int },
  FlowVersionPublished: {
    flowId: Text,
    version: Int,
    revision: Long,
    definition: Json,
    definitionYaml: optional(Text),
    dslApiVersion: Text,
    triggers: list(TriggerRegistration),
  },
};
