import type { TemplateResource } from '@flowplane/contracts';
import { planDeprovision } from '@flowplane/contracts/templates/plan-deprovision';
import { CancellationScope, sleep } from '@temporalio/workflow';
import type { DeprovisionRun } from '../run.js';
import { removeResource, reportDeprovisioned } from './activities.js';

/** Between two removals, and between two passes (provisioning 12). */
const AFTER_REMOVAL_MS = 100;
const BETWEEN_PASSES_MS = 1000;

/**
 * Takes the resources of a template away, one at a time and last made first (provisioning 12). What fails is tried again
 * as long as a pass removes something; the rest stays listed. A run that is cancelled removes nothing more, and says what
 * it has removed.
 */
export function DeprovisionTemplateWorkflow(run: DeprovisionRun): Promise<void> {
  const asked = CancellationScope.current();
  return CancellationScope.nonCancellable(() => removeAll(run, asked));
}

async function removeAll(run: DeprovisionRun, asked: CancellationScope): Promise<void> {
  const { steps, setAside } = planDeprovision(run.resources, run.allowDelete);
  const removed: TemplateResource[] = [];
  let left = steps.map(({ resource }) => resource);
  for (let isFirst = true; left.length > 0; isFirst = false) {
    if (!isFirst) await sleep(BETWEEN_PASSES_MS);
    const failed: TemplateResource[] = [];
    for (const resource of left) {
      if (!asked.consideredCancelled && (await isRemoved(run, resource))) {
        removed.push(resource);
        await sleep(AFTER_REMOVAL_MS);
      } else {
        failed.push(resource);
      }
    }
    const isStuck = failed.length === left.length;
    left = failed;
    if (isStuck) break;
  }
  // In the order in which they were made.
  await reportDeprovisioned(run, { removed, failed: left.toReversed(), setAside });
}

async function isRemoved(
  { envelope, origin, timeoutMs }: DeprovisionRun,
  resource: TemplateResource,
): Promise<boolean> {
  try {
    await removeResource({ envelope, origin, timeoutMs, resource });
    return true;
  } catch {
    // Why is in the engine's history and in the worker's log; the resource stays listed.
    return false;
  }
}
