import { partitionOf } from '@flowplane/contracts';
import type { TemplateCall } from '@flowplane/runtime/api';
import { startDeadline } from '@flowplane/runtime/commands';
import type { RunEnd } from './run-ends.js';
import type { FoundTemplate, TemplateContext } from './template-context.js';

/** What is known of a run when nobody waits for it any more. */
export type AwaitedRun = {
  readonly isOver: boolean;
  /** Absent where it was over before, or is not. */
  readonly end: RunEnd | undefined;
  /** As the read models have it then. */
  readonly found: FoundTemplate;
};

/**
 * Waits for the end of a run, as the log has it and then the read models; never for the engine.
 *
 * @param waitMs at most; 0 looks once
 * @throws Refusal 503 where the read models cannot be read
 */
export async function awaitRun(
  context: TemplateContext,
  call: TemplateCall,
  run: { readonly templateId: string; readonly executionId: string },
  waitMs: number,
): Promise<AwaitedRun> {
  const { tail, partitions } = context;
  const { templateId, executionId } = run;
  const deadline = startDeadline(Math.min(waitMs, context.maxRunWaitMs));
  const wait = context.runEnds.of(executionId);
  call.signal.addEventListener('abort', deadline.stop, { once: true });
  const look = async (): Promise<FoundTemplate> => {
    await context.projected(tail.reached(partitionOf(call.tenantId, partitions)), context.commandWaitMs, call.signal);
    return context.templateOf(call.tenantId, templateId);
  };
  try {
    const before = await look();
    if (!isUnderWay(before, executionId)) {
      const heard = await Promise.race([wait.promise, Promise.resolve(undefined)]);
      return { isOver: true, end: heard, found: before };
    }
    const end = await Promise.race([wait.promise, deadline.expired]);
    return { isOver: end !== undefined, end, found: await look() };
  } finally {
    call.signal.removeEventListener('abort', deadline.stop);
    deadline.stop();
    wait.drop();
  }
}

const isUnderWay = (found: FoundTemplate, executionId: string): boolean =>
  found.kind === 'own' && (found.provisioning === executionId || found.deprovisioning === executionId);
