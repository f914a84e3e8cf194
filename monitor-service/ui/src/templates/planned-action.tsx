import { useMutation, useQuery } from '@tanstack/react-query';
import type { AnswerOf } from '@flowplane/contracts/client';
import { useState } from 'react';
import { decided } from '../api/decided.js';
import { DataTable, type Column } from '../parts/data-table.js';
import { Dialog } from '../parts/dialog.js';
import { Problem } from '../parts/problem.js';
import { useTemplateApi } from './use-template-api.js';

type Step = AnswerOf<'planTemplate'>['steps'][number];

const NAMES = { provision: 'Provision', deprovision: 'Deprovision' } as const;

type PlannedActionProps = {
  readonly action: keyof typeof NAMES;
  readonly templateId: string;
  /** Names that a provisioning may be given values for. */
  readonly parameters: readonly string[];
  readonly again: () => void;
  readonly isDisabled: boolean;
};

/** Something about a template that is done after its plan has been looked at. */
export function PlannedAction(props: PlannedActionProps) {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <button className="primary" disabled={props.isDisabled} onClick={() => setOpen(true)}>
        {NAMES[props.action]}
      </button>
      {isOpen && <PlanDialog {...props} close={() => setOpen(false)} />}
    </>
  );
}

function PlanDialog({
  action,
  templateId,
  parameters,
  again,
  close,
}: PlannedActionProps & { readonly close: () => void }) {
  const { flowplane } = useTemplateApi();
  const [values, setValues] = useState<Readonly<Record<string, string>>>({});
  const [allowed, setAllowed] = useState<ReadonlySet<string>>(new Set());
  const params = { templateId };
  const isProvision = action === 'provision';
  const plan = useQuery({
    queryKey: ['template-plan', templateId, action, values],
    queryFn: async ({ signal }) => {
      const body = isProvision ? values : {};
      return (await flowplane.call('planTemplate', { params, query: { action }, body, signal })).body.steps;
    },
    ...{ staleTime: 0, gcTime: 0, retry: false },
  });
  const doIt = useMutation({
    mutationFn: async () => {
      if (isProvision) {
        await decided(flowplane, (await flowplane.call('provisionTemplate', { params, body: values })).body);
        return;
      }
      const query = allowed.size === 0 ? {} : { allow_delete: [...allowed].join(',') };
      const answer = await decided(flowplane, (await flowplane.call('deprovisionTemplate', { params, query })).body);
      if ('error' in answer && answer.error !== undefined) throw new Error(answer.error);
    },
    onSuccess: close,
    onSettled: again,
  });
  const toggle = (id: string): void => {
    const next = new Set(allowed);
    if (!next.delete(id)) next.add(id);
    setAllowed(next);
  };
  const columns: readonly Column<Step>[] = [
    { name: 'Step', cell: ({ node_id: id }) => id },
    { name: 'Type', cell: ({ type }) => type },
    { name: 'What happens', cell: (step) => <WhatHappens {...{ step, isProvision, allowed, toggle }} /> },
    {
      name: 'Resource',
      cell: ({ resource }) => (resource === null ? '–' : <code>{resource.resource_id}</code>),
      isLong: true,
    },
  ];
  return (
    <Dialog title={`${NAMES[action]}: the plan`} close={close}>
      {isProvision && parameters.length > 0 && (
        <div className="form">
          {parameters.map((name) => (
            <label key={name}>
              {name}
              <input
                value={values[name] ?? ''}
                onChange={(event) => setValues({ ...values, [name]: event.target.value })}
              />
            </label>
          ))}
        </div>
      )}
      {plan.isError && <Problem cause={plan.error} />}
      {plan.isPending && <p className="empty">Planning…</p>}
      {plan.data?.length === 0 && <p className="empty">There is nothing to do.</p>}
      {plan.data !== undefined && plan.data.length > 0 && (
        <DataTable
          label="The plan"
          columns={columns}
          rows={plan.data}
          keyOf={({ node_id, type }) => `${node_id} ${type}`}
        />
      )}
      {doIt.isError && <Problem cause={doIt.error} />}
      <div className="actions">
        <button className="primary" disabled={!plan.isSuccess || doIt.isPending} onClick={() => doIt.mutate()}>
          {doIt.isPending ? `${NAMES[action]}…` : NAMES[action]}
        </button>
        <button disabled={doIt.isPending} onClick={close}>
          Cancel
        </button>
      </div>
    </Dialog>
  );
}

type WhatHappensProps = {
  readonly step: Step;
  readonly isProvision: boolean;
  readonly allowed: ReadonlySet<string>;
  readonly toggle: (resourceId: string) => void;
};

const WORDS: Readonly<Record<Step['action'], string>> = {
  create: '+ is made',
  update: '~ is changed',
  delete: '− is deleted',
  keep: '= stays as it is',
  skip: 'is left out',
};

/** A resource with data in it goes only where that is said of it by name. */
function WhatHappens({ step: { action, resource }, isProvision, allowed, toggle }: WhatHappensProps) {
  if (isProvision || action !== 'skip' || resource === null) return <>{WORDS[action]}</>;
  const { resource_id: id } = resource;
  return (
    <label className="inline">
      <input type="checkbox" checked={allowed.has(id)} onChange={() => toggle(id)} />
      {allowed.has(id) ? '− is deleted, with its data' : 'stays: tick to delete it with its data'}
    </label>
  );
}
