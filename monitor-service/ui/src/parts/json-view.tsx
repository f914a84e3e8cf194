import { useWorkspace } from '../session/use-workspace.js';
import { ActionButton } from './action-button.js';
import { download } from './download.js';
import { valueCallOf, type ValueLink } from './value-link.js';

/** A value as JSON, with what is left of it when it is large. */
export function JsonView({ value, link }: { readonly value: unknown; readonly link?: ValueLink | undefined }) {
  if (link !== undefined) return <LargeValue link={link} />;
  if (value === null || value === undefined) return <p className="soft">none</p>;
  return (
    <pre className="json" tabIndex={0}>
      {JSON.stringify(value, null, 2)}
    </pre>
  );
}

/** The beginning of a value, and a way to all of it: the address alone would lack the credential. */
function LargeValue({ link }: { readonly link: ValueLink }) {
  const { flowplane } = useWorkspace();
  const call = valueCallOf(link);
  const keep = async (): Promise<void> => {
    if (call === undefined) return;
    const { body } = await flowplane.call('getExecutionValue', call);
    const { of, nodeId } = call.query;
    const name = [call.params['executionId'], ...(nodeId === undefined ? [] : [nodeId]), of].join('-');
    download(JSON.stringify(body, null, 2), { name: `${name}.json`, type: 'application/json' });
  };
  return (
    <div>
      <pre className="json" tabIndex={0}>
        {link.preview}…
      </pre>
      <div className="soft">The beginning of {link.bytes.toLocaleString()} bytes.</div>
      {call === undefined ? (
        <code>GET {link.href}</code>
      ) : (
        <ActionButton name="Download" label={`Download the ${call.query.of}`} act={keep} />
      )}
    </div>
  );
}
