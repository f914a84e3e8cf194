/**
 * The address below /ui that an address of the earlier page (`/ui#w=…&f=…&e=…`) leads to now; undefined for a fragment
 * that is none.
 */
export function newAddress(hash: string): string | undefined {
  const place = new URLSearchParams(hash.slice(1));
  const [workspace, flow, run] = ['w', 'f', 'e'].map((name) => place.get(name));
  if (workspace === null || workspace === undefined) return undefined;
  const base = `/w/${encodeURIComponent(workspace)}`;
  if (typeof run === 'string') return `${base}/runs/${encodeURIComponent(run)}`;
  return typeof flow === 'string' ? `${base}/flows/${encodeURIComponent(flow)}` : `${base}/runs`;
}
