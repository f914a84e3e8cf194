import { useQuery } from '@tanstack/react-query';
import { useSearchParams } from 'react-router';
import { FilterChoice, FilterText, FilterTime } from '../parts/filter-fields.js';
import { useWorkspace } from '../session/use-workspace.js';
import { labelsText, withFilter, type FilterName } from './run-filters.js';

const STATUSES = ['Pending', 'Running', 'Completed', 'Failed', 'Canceled', 'Terminated', 'TimedOut'];
const TRIGGERS = ['manual', 'cron', 'webhook', 'platform_event'];

/** Asked for less often. */
const MORE: readonly FilterName[] = ['failedNode', 'version', 'from', 'to'];

/** Narrows the list down. The filters are part of the address, so that it can be shared. */
export function FilterBar() {
  const [address, setAddress] = useSearchParams();
  const flows = useFlowIds();
  const field = (name: FilterName | 'label') => ({
    value: name === 'label' ? labelsText(address.getAll('label')) : (address.get(name) ?? ''),
    set: (value: string): void => setAddress(withFilter(address, name, value), { replace: true }),
  });
  return (
    <div className="filters">
      <FilterChoice title="Status" values={STATUSES} {...field('status')} />
      <FilterChoice title="Flow" values={flows} {...field('flowId')} />
      <FilterChoice title="Trigger" values={TRIGGERS} {...field('triggerType')} />
      <FilterText title="Text" type="search" placeholder="id, failure or label" {...field('text')} />
      <FilterText title="Label" placeholder="name:text" {...field('label')} />
      <details open={MORE.some((name) => address.has(name))}>
        <summary>More</summary>
        <FilterText title="Failed node" placeholder="id" {...field('failedNode')} />
        <FilterText title="Version" type="number" {...field('version')} />
        <FilterTime title="From" {...field('from')} />
        <FilterTime title="To" {...field('to')} />
      </details>
      {address.size > 0 && <button onClick={() => setAddress({}, { replace: true })}>Clear</button>}
    </div>
  );
}

function useFlowIds(): readonly string[] {
  const { workspaceId, flowplane } = useWorkspace();
  const flows = useQuery({
    queryKey: ['flows', workspaceId],
    queryFn: async ({ signal }) => (await flowplane.call('listFlows', { signal })).body.items,
  });
  return flows.data?.map(({ flowId }) => flowId) ?? [];
}
