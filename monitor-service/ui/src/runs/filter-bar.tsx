import { useQuery } from '@tanstack/react-query';
import { useSearchParams } from 'react-router';
import { useWorkspace } from '../session/use-workspace.js';
import { instantOf, localOf, withFilter, type FilterName } from './run-filters.js';

const STATUSES = ['Pending', 'Running', 'Completed', 'Failed', 'Canceled', 'Terminated', 'TimedOut'];
const TRIGGERS = ['manual', 'cron', 'webhook', 'platform_event'];

/** Asked for less often. */
const MORE: readonly FilterName[] = ['failedNode', 'version', 'from', 'to'];

/** Narrows the list down. The filters are part of the address, so that it can be shared. */
export function FilterBar() {
  const [address, setAddress] = useSearchParams();
  const flows = useFlowIds();
  const set = (name: FilterName | 'label', value: string): void =>
    setAddress(withFilter(address, name, value), { replace: true });
  const choice = (name: FilterName, title: string, values: readonly string[]) => (
    <label>
      {title}
      <select value={address.get(name) ?? ''} onChange={(event) => set(name, event.target.value)}>
        <option value="">all</option>
        {values.map((value) => (
          <option key={value}>{value}</option>
        ))}
      </select>
    </label>
  );
  /** Taken when the field is left or Enter is pressed: not every letter is a search. */
  const field = (name: FilterName | 'label', title: string, type: string, placeholder = '') => {
    const value = name === 'label' ? address.getAll('label').join(', ') : (address.get(name) ?? '');
    return (
      <label>
        {title}
        <input
          {...{ type, placeholder }}
          key={value}
          defaultValue={value}
          onBlur={(event) => event.target.value !== value && set(name, event.target.value)}
          onKeyDown={(event) => event.key === 'Enter' && set(name, event.currentTarget.value)}
        />
      </label>
    );
  };
  const time = (name: FilterName, title: string) => (
    <label>
      {title}
      <input
        type="datetime-local"
        value={localOf(address.get(name) ?? '')}
        onChange={(event) => set(name, instantOf(event.target.value))}
      />
    </label>
  );
  return (
    <div className="filters">
      {choice('status', 'Status', STATUSES)}
      {choice('flowId', 'Flow', flows)}
      {choice('triggerType', 'Trigger', TRIGGERS)}
      {field('text', 'Text', 'search', 'id, failure or label')}
      {field('label', 'Label', 'text', 'name:text')}
      <details open={MORE.some((name) => address.has(name))}>
        <summary>More</summary>
        {field('failedNode', 'Failed node', 'text', 'id')}
        {field('version', 'Version', 'number')}
        {time('from', 'From')}
        {time('to', 'To')}
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
