const ZONE = /^CRON_TZ=([^ \t]+)[ \t]+(.*)$/s;

/** A schedule as a flow has it, taken apart: the times, and the zone they are meant in (flow-language 12.2). */
export function cronParts(schedule: string): { readonly times: string; readonly zone: string } {
  const [, zone = 'UTC', times = schedule] = ZONE.exec(schedule) ?? [];
  return { times, zone };
}
