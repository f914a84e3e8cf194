import type { OpenTemplateRun } from '@flowplane/runtime/read-model';
import { endUnfinished, type LostTemplateRunPorts } from '../closing/lost-template-runs.js';
import type { Engine } from '../engine/engine.js';
import type { KeyedQueue } from '../intake/keyed-queue.js';
import { templateTurn } from '../intake/template-runs.js';

export type EndTemplateRunPorts = Pick<LostTemplateRunPorts, 'reports' | 'tokenSecret'> & {
  readonly engine: Pick<Engine, 'cancel' | 'terminate'>;
  readonly queue: KeyedQueue;
};

const REASON = 'The tenant is being torn down.';
const REQUEST = 'teardown';
const CAUSE = { correlationId: 'teardown', traceparent: null };

/**
 * Ends a run of a template, in the template's turn: at first it is asked to end, so that it tells the log what it has made
 * or removed; then it is ended for it.
 *
 * @param isAgain it was asked and has not ended
 */
export const makeEndTemplateRun =
  (ports: EndTemplateRunPorts) =>
  (run: OpenTemplateRun, isAgain: boolean, signal: AbortSignal): Promise<void> =>
    ports.queue.run(templateTurn(run), async () => {
      const { executionId } = run;
      if (!isAgain && (await ports.engine.cancel(executionId, REQUEST, signal))) return;
      await ports.engine.terminate(executionId, REASON, signal);
      await endUnfinished(ports, run, REASON, CAUSE, signal);
    });
