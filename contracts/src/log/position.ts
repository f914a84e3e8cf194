/** A place in the events log: everything of `partition` below `offset`. */
export type LogPosition = { readonly partition: number; readonly offset: number };

/**
 * What a read can wait for: a place in the events log, or (`of: 'commands'`) the outcomes of all commands of the
 * partition below `offset` of the commands log, for a command whose events are not known yet.
 */
export type WaitPosition = LogPosition & { readonly of: 'events' | 'commands' };

const MARKS = { events: 'o', commands: 'c' } as const;

/** The opaque token of `x-flows-position`. */
export function encodePosition({ partition, offset }: LogPosition, of: WaitPosition['of'] = 'events'): string {
  return Buffer.from(`${MARKS[of]}${partition}:${offset}`, 'utf8').toString('base64url');
}

/** @returns undefined for anything that `encodePosition` did not make. */
export function decodePosition(token: string): WaitPosition | undefined {
  if (token.length > 512 || !/^[A-Za-z0-9_-]+$/.test(token)) return undefined;
  const match = /^([oc])(\d{1,6}):(\d{1,15})$/.exec(Buffer.from(token, 'base64url').toString('utf8'));
  if (match === null) return undefined;
  const of = match[1] === MARKS.commands ? 'commands' : 'events';
  return { partition: Number(match[2]), offset: Number(match[3]), of };
}

/** The projection of the events log into the read models: reads and commands wait for it. */
export const CONTROL_PROJECTION = 'control';

/** Name under which a projection announces whose commands' outcomes it has: `offset` is of the commands log. */
export const commandProgressName = (projection: string): string => `${projection}.commands`;

/** Name of the progress that a position is about. */
export function progressNameOf(position: WaitPosition): string {
  return position.of === 'commands' ? commandProgressName(CONTROL_PROJECTION) : CONTROL_PROJECTION;
}
