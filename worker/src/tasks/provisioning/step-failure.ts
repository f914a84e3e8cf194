import type { RestStatus } from './rest-status.js';

/** Classes of provisioning 8.3. */
export type FailureClass = 'WorkflowStepException' | 'FlowFrameworkException' | 'TimeoutException';

export type FailureOptions = ErrorOptions & {
  /** The request may have reached the server, and its answer is not known. */
  readonly isOutcomeUnknown?: boolean;
};

/** How a step fails (provisioning 8.3). `message` holds no credential and is safe to store and show. */
export class StepFailure extends Error {
  override readonly name = 'StepFailure';
  /** True when it cannot be told whether the server did what was asked. */
  readonly isOutcomeUnknown: boolean;
  constructor(
    readonly className: FailureClass,
    message: string,
    readonly restStatus: RestStatus,
    { isOutcomeUnknown = false, ...options }: FailureOptions = {},
  ) {
    super(message, options);
    this.isOutcomeUnknown = isOutcomeUnknown;
  }
}

/** The server refused, failed or was not reached. */
export const backendFailure = (message: string, restStatus: RestStatus, options?: FailureOptions): StepFailure =>
  new StepFailure('WorkflowStepException', message, restStatus, options);

/** The inputs are at fault: 400 unless said otherwise. */
export const inputFailure = (message: string): StepFailure =>
  new StepFailure('FlowFrameworkException', message, 'BAD_REQUEST');

/** The node's time was up before the step had ended. */
export const timeoutFailure = (): StepFailure =>
  new StepFailure('TimeoutException', '', 'INTERNAL_SERVER_ERROR', { isOutcomeUnknown: true });

/** The `error` of a state (provisioning 8.3). */
export function failureText(nodeId: string, { className, message, restStatus }: StepFailure): string {
  const said = message === '' ? '' : `, ${message}`;
  return `${className} during step ${nodeId}${said}, restStatus: ${restStatus}`;
}
