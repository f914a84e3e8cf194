import { Type } from '@sinclair/typebox';
import { MAX_COMMENT_LENGTH } from '../../ids/names.js';
import { ExecutionPage, Labels, REF_MEMBERS, RUN_MEMBERS } from './execution-shapes.js';
import type { RouteSchema } from './route-schema.js';
import {
  AnyJson,
  closed,
  Id,
  JsonObjectShape,
  NodeError,
  NodeStatusName,
  nullable,
  oneOf,
  open,
  PAGE,
  pageOf,
  RunStatus,
  Timestamp,
  WARNINGS,
} from './shapes.js';

const STARTED_MEMBERS = { ...REF_MEMBERS, runId: Id, version: Type.Integer({ minimum: 1 }), status: RunStatus };

const AttemptError = closed(
  { message: Type.String({ description: 'Cut after 1000 characters.' }) },
  { $id: 'AttemptError' },
);
const Attempt = closed(
  {
    status: NodeStatusName,
    attemptNumber: Type.Integer({ minimum: 1 }),
    startedAt: nullable(Timestamp),
    completedAt: nullable(Timestamp),
    error: Type.Optional(AttemptError),
    /** Of an attempt that failed: when the next one was due. */
    nextAttemptAt: Type.Optional(Timestamp),
  },
  { $id: 'NodeAttempt' },
);
const Failure = closed(
  { nodeId: nullable(Id), code: Type.String(), message: Type.String() },
  { $id: 'ExecutionFailure' },
);
const TaskScheduled = closed(
  { nodeId: Id, eventId: Type.String(), type: Type.Literal('ActivityScheduled') },
  { $id: 'ExecutionEvent' },
);
/** Beside a value that is null because it is large (flows-api 6.9). */
const ValueLink = closed(
  {
    href: Type.String({ description: 'Path of the route that returns the value.' }),
    bytes: Type.Integer({ minimum: 0, description: 'Length of the value as JSON text.' }),
    preview: Type.String({ description: 'The beginning of that text.' }),
  },
  { $id: 'ValueLink' },
);
const Node = closed(
  {
    nodeId: Id,
    status: NodeStatusName,
    reused: Type.Boolean(),
    input: AnyJson,
    inputLink: Type.Optional(ValueLink),
    output: AnyJson,
    outputLink: Type.Optional(ValueLink),
    error: nullable(NodeError),
    attempts: Type.Array(Attempt),
  },
  { $id: 'ExecutionNode' },
);
/** A node of the run of a sub-flow. */
const SubFlowNode = closed(
  {
    path: Type.Array(Id, { minItems: 1, description: 'Sub-flow nodes from the run to this one’s run.' }),
    flowId: Id,
    version: Type.String({ pattern: '^[1-9][0-9]*$' }),
    nodeId: Id,
    status: NodeStatusName,
    reused: Type.Boolean(),
    input: AnyJson,
    output: AnyJson,
    error: nullable(NodeError),
    attempts: Type.Array(Attempt),
  },
  { $id: 'ChildNode' },
);

const Execution = closed(
  {
    ...RUN_MEMBERS,
    retriedFrom: nullable(Id),
    input: nullable(JsonObjectShape),
    inputLink: Type.Optional(ValueLink),
    result: AnyJson,
    resultLink: Type.Optional(ValueLink),
    failure: nullable(Failure),
    events: Type.Array(TaskScheduled),
    nodes: Type.Array(Node),
  },
  { $id: 'Execution' },
);

/** Runs and signals (flows-api 6, 7). */
export const EXECUTION_ROUTE_SCHEMAS = {
  startExecution: {
    summary: 'Starts a run',
    description:
      'Of the latest version where none is named. Answers once the engine has the run, which then goes on by itself. Members of the body that are not known are ignored, with a warning each.',
    body: open(
      {
        version: Type.Optional(
          Type.Union([Type.Integer({ minimum: 1 }), Type.String({ pattern: '^[1-9][0-9]{0,8}$' }), Type.Null()], {
            description: 'Default: the latest published one.',
          }),
        ),
        input: Type.Optional(nullable(JsonObjectShape)),
        labels: Type.Optional(nullable(Labels)),
      },
      { $id: 'StartExecutionBody' },
    ),
    bodyRequired: false,
    answers: {
      201: { description: 'The run.', body: closed({ ...STARTED_MEMBERS, ...WARNINGS }, { $id: 'StartedRun' }) },
    },
    refusals: [
      'INVALID_INPUT',
      'INVALID_LABELS',
      'PAYLOAD_TOO_LARGE',
      'VERSION_NOT_FOUND',
      'INPUT_VALIDATION_FAILED',
      'QUOTA_EXCEEDED',
      'FLOWS_DISABLED',
    ],
  },
  listExecutions: {
    summary: 'The runs of a flow, newest first',
    description:
      'Runs of sub-flows are not listed. No filter can leave the workspace. Runs of a deleted flow stay listed until their retention ends.',
    query: Type.Object({
      status: Type.Optional(Type.Union([RunStatus, Type.Literal('Cancelled')])),
      query: Type.Optional(
        Type.String({
          format: 'flows-filter',
          description:
            "Comparisons joined by AND over `flowVersion`, `triggerType`, `ExecutionStatus` (`=`, `!=`), `StartTime`, `CloseTime` (`= != >= <= > <`), values in single quotes. Also `filter`. Example: `ExecutionStatus = 'Failed' AND StartTime > '2026-01-01T00:00:00Z'`.",
        }),
      ),
      ...PAGE,
    }),
    answers: { 200: { description: 'A page of runs.', body: ExecutionPage } },
    refusals: ['FLOW_NOT_FOUND', 'INVALID_QUERY'],
  },
  getExecution: {
    summary: 'A run: status, input, result, tasks and nodes',
    description:
      '`nodes` has every node of the version in the order of the document; `result` is filled on `Completed`, `failure` on `Failed`. Values over 65,536 bytes of JSON text are null, and beside them stands a link (`inputLink`, `resultLink`, `outputLink`).',
    answers: { 200: { description: 'The run.', body: Execution } },
    refusals: ['EXECUTION_NOT_FOUND'],
  },
  getExecutionValue: {
    summary: 'A value of a run or of one of its nodes, however large',
    description:
      'What a link of the run’s detail leads to, and any other value. Of a node that was visited more than once, the value of its last iteration.',
    query: Type.Object({
      of: oneOf(['input', 'output', 'result'], { $id: 'RunValueName' }),
      nodeId: Type.Optional(
        Type.String({ description: 'Of this node: `input` or `output`; without it of the run: `input` or `result`.' }),
      ),
    }),
    answers: { 200: { description: 'The value.', body: AnyJson } },
    refusals: ['EXECUTION_NOT_FOUND', 'VALUE_NOT_FOUND', 'INVALID_QUERY'],
  },
  listExecutionChildren: {
    summary: 'The nodes of the run’s sub-flows',
    description:
      'As their frames told them, on all levels, in the order in which they were first told. `path` has the sub-flow nodes that lead from the run to the one whose node it is. Runs of sub-flows have no routes of their own. Values over 65,536 bytes of JSON text are null.',
    query: Type.Object({ ...PAGE }),
    answers: { 200: { description: 'A page of nodes.', body: pageOf(SubFlowNode) } },
    refusals: ['EXECUTION_NOT_FOUND', 'INVALID_QUERY'],
  },
  cancelExecution: {
    summary: 'Cancels a run',
    description:
      'A body is ignored. Works while the run waits, awaits approval or pauses between attempts; a pending run is closed `Canceled`.',
    answers: {
      202: {
        description: 'It is being cancelled.',
        body: closed({ ...REF_MEMBERS, status: Type.Literal('Cancelling') }, { $id: 'CancellingRun' }),
      },
    },
    refusals: ['CROSS_TENANT_FORBIDDEN', 'EXECUTION_NOT_FOUND', 'FLOWS_DISABLED'],
  },
  retryExecution: {
    summary: 'Starts a new run from an old one',
    description: 'Same version and input; from the start, from what failed, or from a node.',
    body: open(
      {
        from: Type.Optional(
          Type.Union([Type.String(), open({ nodeId: Type.String() }, { $id: 'RetryPoint' }), Type.Null()], {
            description: '`start` (default), `failed`, or a node; `{"nodeId": …}` always means a node.',
          }),
        ),
      },
      { $id: 'RetryExecutionBody' },
    ),
    bodyRequired: false,
    answers: {
      201: {
        description: 'The new run.',
        body: closed({ ...STARTED_MEMBERS, retriedFrom: Id }, { $id: 'RetriedRun' }),
      },
    },
    refusals: [
      'CROSS_TENANT_FORBIDDEN',
      'EXECUTION_NOT_FOUND',
      'VERSION_NOT_FOUND',
      'RETRY_NOT_POSSIBLE',
      'INVALID_RETRY_POINT',
      'QUOTA_EXCEEDED',
      'INVALID_POSITION',
      'POSITION_NOT_REACHED',
      'FLOWS_DISABLED',
    ],
  },
  signalExecution: {
    summary: 'Approves or rejects at an approval node',
    description:
      'The signal’s name is the id of an approval node, or `human-approval`, whose target is `nodeId`. The recorded actor is always the caller.',
    body: open(
      {
        approved: Type.Boolean(),
        actor: Type.Optional(
          nullable(Type.String({ description: 'Whom the caller acts for; recorded beside the caller.' })),
        ),
        comment: Type.Optional(
          nullable(
            Type.String({
              description: `What is said with the decision, at most ${MAX_COMMENT_LENGTH} characters; in the node’s output and in the audit.`,
            }),
          ),
        ),
        nodeId: Type.Optional(Type.Unknown({ description: 'Target of `human-approval`; ignored under another name.' })),
      },
      { $id: 'SignalExecutionBody' },
    ),
    answers: {
      202: {
        description: 'It is delivered.',
        body: closed(
          { ...REF_MEMBERS, signal: Type.String(), delivered: Type.Literal(true) },
          { $id: 'DeliveredSignal' },
        ),
      },
    },
    refusals: [
      'CROSS_TENANT_FORBIDDEN',
      'QUOTA_EXCEEDED',
      'EXECUTION_NOT_FOUND',
      'UNKNOWN_SIGNAL',
      'NOT_AN_APPROVER',
      'EXECUTION_NOT_RUNNING',
      'INVALID_SIGNAL',
      'INVALID_POSITION',
      'POSITION_NOT_REACHED',
      'FLOWS_DISABLED',
    ],
  },
} as const satisfies Record<string, RouteSchema>;
