import { isJsonObject } from '@flowplane/contracts';
import { mlPath } from '../ml/ml.js';
import type { OpenSearchClient } from './client.js';

/** Where class names are listed instead of plugins, these are looked for by an endpoint of theirs. */
const PROBES: Readonly<Record<string, string>> = { 'opensearch-ml': mlPath('models/_search') };

/**
 * Names of the plugins of the server (provisioning 5.1).
 *
 * @throws OpenSearchUnreachable, the signal's reason, or an Error when the server does not say
 */
export async function installedPlugins(client: OpenSearchClient, signal: AbortSignal): Promise<readonly string[]> {
  const request = { method: 'GET', path: '/_cat/plugins', query: { format: 'json' }, signal } as const;
  const { status, body } = await client.send(request);
  if (status !== 200 || !Array.isArray(body))
    throw new Error(`OpenSearch did not list its plugins: it answered ${status}`);
  const listed = body.flatMap((row) => {
    const component = isJsonObject(row) ? row['component'] : undefined;
    return typeof component === 'string' ? [component] : [];
  });
  const plugins = new Set(listed);
  const areClasses = listed.every((name) => name.includes('.'));
  for (const [plugin, path] of areClasses ? Object.entries(PROBES) : []) {
    const probe = await client.send({ method: 'GET', path, signal });
    // Without the plugin nothing handles the path, which the server answers with 400.
    if (probe.status !== 400) plugins.add(plugin);
  }
  return [...plugins];
}
