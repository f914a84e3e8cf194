import type { Answer, Call } from '@flowplane/runtime/api';
import type { RegistrationPorts } from './trigger-registrations.js';

/**
 * Does what may change which topics a workspace listens to, and lets go of topics that nothing listens to any more. A
 * command whose outcome is not known yet leaves its claims standing: the next change of the workspace settles them.
 *
 * @param claimed plain names that the work claims; it may add to them
 */
export async function settlingTopics(
  { eventTopics, logger }: Pick<RegistrationPorts, 'eventTopics' | 'logger'>,
  call: Call,
  work: () => Promise<Answer>,
  claimed: readonly string[] = [],
): Promise<Answer> {
  // What failed here is made up for by the next settling; the command has its outcome all the same.
  const settle = () =>
    eventTopics.settle(call, claimed).catch((err: unknown) => {
      logger.warn({ err, workspaceId: call.workspaceId }, 'topics that nothing listens to stay registered for now');
    });
  try {
    const answer = await work();
    if (answer.status !== PENDING) await settle();
    return answer;
  } catch (cause) {
    await settle();
    throw cause;
  }
}

const PENDING = 202;
