import { useQuery, useQueryClient } from '@tanstack/react-query';
import { MAX_NOTE_LENGTH, type AnswerOf } from '@flowplane/contracts/client';
import { useState } from 'react';
import { decided } from '../api/decided.js';
import { useIntents } from '../api/intents.js';
import { useMay } from '../api/may.js';
import { ActionButton } from '../parts/action-button.js';
import { DataTable, type Column } from '../parts/data-table.js';
import { DocsLink } from '../parts/docs-link.js';
import { NoteField } from '../parts/note-field.js';
import { NotAllowed } from '../parts/not-allowed.js';
import { Page } from '../parts/page.js';
import { Problem } from '../parts/problem.js';
import { FlowLink, RunLink } from '../parts/run-link.js';
import { Countdown, Time } from '../parts/time.js';
import { useWorkspace } from '../session/use-workspace.js';
import { cronParts } from './cron-zone.js';

type Schedule = AnswerOf<'listSchedules'>['items'][number];

const READ_AGAIN_MS = 5_000;

const COLUMNS: readonly Column<Schedule>[] = [
  { name: 'Flow', cell: ({ flowId }) => <FlowLink id={flowId} /> },
  { name: 'When', cell: When },
  { name: 'Next', cell: Next },
  { name: 'Last', cell: Last },
  { name: 'State', cell: State, isLong: true },
  { name: 'Actions', cell: (schedule) => <Actions schedule={schedule} /> },
];

/** Flows that run at certain times. */
export default function SchedulesPage() {
  const { workspaceId, flowplane } = useWorkspace();
  const schedules = useQuery({
    queryKey: ['schedules', workspaceId],
    queryFn: async ({ signal }) => (await flowplane.call('listSchedules', { signal })).body.items,
    refetchInterval: READ_AGAIN_MS,
  });
  return (
    <Page title="Schedules" about="Flows whose latest version runs at certain times.">
      <NotAllowed operation="pauseSchedule">You may see schedules, and not change them.</NotAllowed>
      {schedules.isError && (
        <Problem cause={schedules.error} retry={() => void schedules.refetch()} isPage={schedules.data === undefined} />
      )}
      {schedules.isPending && <p className="empty">Reading the schedules…</p>}
      {schedules.data?.length === 0 && (
        <p className="empty nothing">
          No flow has a schedule. One gets it by a trigger of kind <code>cron</code> in its definition, when that is
          published. See <DocsLink page="triggers">how triggers work</DocsLink>.
        </p>
      )}
      {schedules.data !== undefined && schedules.data.length > 0 && (
        <DataTable label="Schedules" columns={COLUMNS} rows={schedules.data} keyOf={({ scheduleId }) => scheduleId} />
      )}
    </Page>
  );
}

function When({ cron }: Schedule) {
  return (
    <>
      {cron.map(cronParts).map(({ times, zone }) => (
        <div key={`${zone} ${times}`}>
          <code>{times}</code> <span className="soft">{zone}</span>
        </div>
      ))}
    </>
  );
}

function Next({ nextActionTimes }: Schedule) {
  const [next, ...later] = nextActionTimes;
  if (next === undefined) return <span className="soft">–</span>;
  return (
    <>
      <div>
        <Countdown to={next} past="now" />
      </div>
      <details>
        <summary>
          <Time at={next} />
        </summary>
        <ol className="times">
          {later.map((at) => (
            <li key={at}>
              <Time at={at} />
            </li>
          ))}
        </ol>
      </details>
    </>
  );
}

function Last({ recentActions }: Schedule) {
  const last = recentActions.at(-1);
  if (last === undefined) return <span className="soft">has not run yet</span>;
  const when = <Time at={last.takenAt} />;
  if (last.workflowId !== null) return <RunLink id={last.workflowId}>{when}</RunLink>;
  return (
    <>
      {when} <span className="error">refused by a quota</span>
    </>
  );
}

function State({ paused, note, changedBy, changedAt, nextActionTimes }: Schedule) {
  const word = paused ? '‖ paused' : nextActionTimes.length === 0 ? '✕ does not fire' : '● on';
  return (
    <>
      <span className="badge" data-status={paused ? 'Pending' : nextActionTimes.length === 0 ? 'Failed' : 'Completed'}>
        {word}
      </span>
      {changedAt !== null && (
        <div className="soft">
          {paused ? 'paused' : 'resumed'}
          {changedBy === null ? '' : ` by ${changedBy}`}, <Time at={changedAt} />
        </div>
      )}
      {note !== null && <div>{note}</div>}
    </>
  );
}

function Actions({ schedule: { flowId, paused } }: { readonly schedule: Schedule }) {
  const { workspaceId, flowplane } = useWorkspace();
  const queries = useQueryClient();
  const intend = useIntents();
  const [note, setNote] = useState('');
  /** Stays what was asked about, whatever the page reads while the question is open. */
  const [asked, setAsked] = useState<'Pause' | 'Resume' | null>(null);
  const params = { flowId };
  const isDisabled = !useMay('pauseSchedule');
  const readAgain = (): Promise<void> => queries.invalidateQueries({ queryKey: ['schedules', workspaceId] });
  const name = asked ?? (paused ? 'Resume' : 'Pause');
  const change = async (): Promise<void> => {
    const body = note === '' ? {} : { note };
    const operation = name === 'Resume' ? 'resumeSchedule' : 'pauseSchedule';
    await decided(flowplane, (await flowplane.call(operation, { params, body })).body);
    setNote('');
    void readAgain();
  };
  const trigger = async (): Promise<string> => {
    await intend('run now', async (idempotencyKey) =>
      decided(flowplane, (await flowplane.call('triggerSchedule', { params, idempotencyKey })).body),
    );
    void readAgain();
    return 'It is asked to run now.';
  };
  return (
    <div className="actions">
      <ActionButton
        name={name}
        label={`${name} ${flowId}`}
        act={change}
        onAsking={(isAsking) => setAsked(isAsking ? name : null)}
        question={
          <>
            <p>
              {name === 'Resume'
                ? 'Runs missed during the pause are not started later.'
                : 'Runs that come due while it is paused are left out, and not started later. A pause survives a publish.'}
            </p>
            <NoteField title="Note" value={note} set={setNote} maxLength={MAX_NOTE_LENGTH} />
          </>
        }
        {...{ isDisabled }}
      />
      <ActionButton name="Run now" label={`Run now: ${flowId}`} act={trigger} {...{ isDisabled }} />
    </div>
  );
}
