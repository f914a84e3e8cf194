import type { NodeFailure } from '@flowplane/contracts';

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
    readonly className: NodeFailure['class'],
    message: string,
    /** HTTP status. */
    readonly status: number,
    { isOutcomeUnknown = false, ...options }: FailureOptions = {},
  ) {
    super(message, options);
    this.isOutcomeUnknown = isOutcomeUnknown;
  }
}

/** The server refused, failed or was not reached. */
export const backendFailure = (message: string, status: number, options?: FailureOptions): StepFailure =>
  new StepFailure('WorkflowStepException', message, status, options);

/** The inputs are at fault. */
export const inputFailure = (message: string): StepFailure => new StepFailure('FlowFrameworkException', message, 400);

/** The node's time was up before the step had ended. */
export const timeoutFailure = (): StepFailure =>
  new StepFailure('TimeoutException', '', 500, { isOutcomeUnknown: true });
