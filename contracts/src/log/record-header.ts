/**
 * Headers on our own topics. Each header costs throughput, so what readers need before decoding is packed into one:
 * `flowlog` = `epoch/owner/commandOffset/index`.
 */
export const HEADER = {
  specVersion: 'ce_specversion',
  id: 'ce_id',
  type: 'ce_type',
  source: 'ce_source',
  log: 'flowlog',
} as const;

/** W3C trace context, on records whose cause is traced and on no other; our own readers take it from the value. */
export const traceHeader = (traceparent: string | null | undefined): { readonly traceparent?: string } =>
  traceparent ? { traceparent } : {};

/** Headers of platform events beside `HEADER` (tasks 3.4): topics of workspaces, read and written by others too. */
export const PLATFORM_EVENT_HEADER = {
  tenantId: 'ce_tenantid',
  workspaceId: 'ce_workspaceid',
  /** How many flows stand before this record: 0 when what started the flow was no record of a flow. */
  depth: 'ce_flowsdepth',
  correlationId: 'x-correlation-id',
} as const;

export type LogHeader = {
  readonly epoch: number;
  readonly owner: string;
  /** -1 on an epoch marker. */
  readonly commandOffset: number;
  readonly index: number;
};

export function packLogHeader(header: LogHeader): string {
  return `${header.epoch}/${header.owner}/${header.commandOffset}/${header.index}`;
}

/** @returns undefined when the text is no packed header. */
export function unpackLogHeader(text: string): LogHeader | undefined {
  const [epoch, owner, commandOffset, index, ...rest] = text.split('/');
  if (owner === undefined || index === undefined || rest.length > 0) return undefined;
  const header = { epoch: Number(epoch), owner, commandOffset: Number(commandOffset), index: Number(index) };
  const whole = [header.epoch, header.commandOffset, header.index].every(Number.isSafeInteger);
  return whole && owner !== '' ? header : undefined;
}
