import type { AnswerOf } from '@flowplane/contracts/client';
import type { ReactNode } from 'react';
import { useCauses } from '../api/run-queries.js';
import { Problem } from '../parts/problem.js';
import { RunLink } from '../parts/run-link.js';
import { StatusBadge } from '../parts/status-badge.js';
import { Duration, Time } from '../parts/time.js';

type CausesOfRun = AnswerOf<'getCauses'>;

/** What made a run begin, and what it did in turn: from its trigger to the events that it has published. */
export function Causes({ executionId }: { readonly executionId: string }) {
  const causes = useCauses(executionId, true);
  if (causes.isPending) return <p className="empty">Reading what led to this run…</p>;
  const problem = causes.isError && <Problem cause={causes.error} retry={() => void causes.refetch()} />;
  if (causes.data === undefined) return problem;
  const { correlationId, trigger, command, event, run, activities, approvals, published } = causes.data;
  return (
    <>
      {problem}
      <ol className="chain">
        <Link name="Trigger">
          <TriggerFacts trigger={trigger} />
        </Link>
        <Link name="Command">
          {command === null ? (
            <span className="soft">not kept of a run this old</span>
          ) : (
            <>
              <code>{command.type}</code> by {command.actorId}, <Time at={command.submittedAt} />
              <Id>{command.commandId}</Id>
            </>
          )}
        </Link>
        <Link name="Event">
          {event === null ? (
            <span className="soft">not kept of a run this old</span>
          ) : (
            <>
              <code>{event.type}</code>, <Time at={event.occurredAt} />
              <Id>{event.eventId}</Id>
            </>
          )}
        </Link>
        <Link name="Run">
          <StatusBadge status={run.status} /> version {run.version}, <Time at={run.startedAt ?? run.createdAt} />
        </Link>
        <Link name="Tasks">
          <ul>
            {activities.map(({ nodeId, taskType, status, attempts, startedAt, completedAt, reused }) => (
              <li key={nodeId}>
                <strong>{nodeId}</strong> <span className="soft">{taskType}</span> <StatusBadge status={status} />{' '}
                {reused ? 'taken over' : attempts > 1 ? `${attempts} attempts` : ''}{' '}
                <Duration from={startedAt} to={completedAt} />
              </li>
            ))}
          </ul>
          {activities.length === 0 && <span className="soft">none has begun</span>}
        </Link>
        {approvals.length > 0 && (
          <Link name="Decisions">
            <ul>
              {approvals.map(({ nodeId, approved, timedOut, actor, onBehalfOf, comment, decidedAt }) => (
                <li key={nodeId}>
                  <strong>{nodeId}</strong>{' '}
                  {timedOut ? 'nobody decided in time' : `${approved ? 'approved' : 'rejected'} by ${actor ?? '?'}`}
                  {onBehalfOf !== undefined && ` for ${onBehalfOf}`}
                  {decidedAt !== null && (
                    <>
                      , <Time at={decidedAt} />
                    </>
                  )}
                  {comment !== undefined && <p className="message">{comment}</p>}
                </li>
              ))}
            </ul>
          </Link>
        )}
        <Link name="Published events">
          <ul>
            {published.map(({ nodeId, topic, messages }) => (
              <li key={`${nodeId} ${topic}`}>
                {messages} to <code>{topic}</code> by {nodeId}
              </li>
            ))}
          </ul>
          {published.length === 0 && <span className="soft">none</span>}
        </Link>
      </ol>
      {correlationId !== null && (
        <p className="soft">
          All of it has the correlation id <code>{correlationId}</code>.
        </p>
      )}
    </>
  );
}

const Link = ({ name, children }: { readonly name: string; readonly children: ReactNode }) => (
  <li>
    <h2>{name}</h2>
    <div>{children}</div>
  </li>
);

const Id = ({ children }: { readonly children: string }) => <div className="soft id">{children}</div>;

const TYPES: Readonly<Record<CausesOfRun['trigger']['type'], string>> = {
  manual: 'started by hand',
  cron: 'a schedule',
  webhook: 'a webhook',
  platform_event: 'an event of the platform',
};

function TriggerFacts({ trigger }: { readonly trigger: CausesOfRun['trigger'] }) {
  const { type, retriedFrom, triggerId, deliveryId, topic, partition, offset, scheduledAt } = trigger;
  return (
    <>
      {TYPES[type]}
      {retriedFrom !== null && (
        <>
          , a retry of <RunLink id={retriedFrom}>an earlier run</RunLink>
        </>
      )}
      {scheduledAt !== undefined && (
        <>
          , due <Time at={scheduledAt} />
        </>
      )}
      {triggerId !== undefined && <Id>{triggerId}</Id>}
      {deliveryId !== undefined && <Id>{`delivery ${deliveryId}`}</Id>}
      {topic !== undefined && <Id>{`${topic}, partition ${partition ?? '?'}, offset ${offset ?? '?'}`}</Id>}
    </>
  );
}
