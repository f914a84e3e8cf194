/** What a process says of itself in the text format 0.0.4; undefined: it did not answer. */
export type Scraped = { readonly service: string; readonly text: string | undefined };

type Family = { readonly head: Map<string, string>; readonly samples: string[] };

const UP = 'flows_service_up';

/**
 * The metrics of several processes as those of one: each sample gets the label `service`, and each metric stands once with
 * the samples of all, as the format wants it. `flows_service_up` says who answered.
 */
export function joinedMetrics(scraped: readonly Scraped[]): string {
  const families = new Map<string, Family>();
  for (const { service, text = '' } of scraped) {
    let current: Family | undefined;
    for (const line of text.split('\n')) {
      const [, kind, name = ''] = /^# (HELP|TYPE) (\S+)/.exec(line) ?? [];
      if (kind !== undefined) {
        current = families.get(name) ?? { head: new Map(), samples: [] };
        families.set(name, current);
        if (!current.head.has(kind)) current.head.set(kind, line);
      } else if (line !== '' && !line.startsWith('#')) {
        current?.samples.push(labelled(line, service));
      }
    }
  }
  const up = scraped.map(({ service, text }) => `${UP}{service="${service}"} ${text === undefined ? 0 : 1}`);
  return [
    `# HELP ${UP} Whether a process answered with its metrics.`,
    ...[`# TYPE ${UP} gauge`, ...up],
    ...[...families.values()].flatMap(({ head, samples }) => [...head.values(), ...samples]),
    '',
  ].join('\n');
}

/** `name{a="b"} 1` or `name 1` with one label more. */
function labelled(sample: string, service: string): string {
  const name = /^[a-zA-Z_:][a-zA-Z0-9_:]*/.exec(sample)?.[0] ?? '';
  const rest = sample.slice(name.length);
  const label = `service="${service}"`;
  if (!rest.startsWith('{')) return `${name}{${label}}${rest}`;
  return `${name}{${label}${rest.startsWith('{}') ? '' : ','}${rest.slice(1)}`;
}
