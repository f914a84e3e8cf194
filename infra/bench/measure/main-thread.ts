/** What a page's main thread did in some stretch of time, in ms. */
export type MainThread = {
  readonly longestTaskMs: number;
  /** The most that one task had of a core: what is left where nothing else uses the machine. */
  readonly mostCpuMs: number;
  /** Of the longest task, by kind of work. */
  readonly inLongestTask: Readonly<Record<string, number>>;
  /** All tasks together, by kind of work. */
  readonly inAll: Readonly<Record<string, number>>;
  readonly busyMs: number;
};

/** An event of a trace as Chromium writes it; times in µs. */
export type TraceEvent = {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  readonly ts: number;
  readonly dur?: number;
  /** Of `dur`, what the thread had of a core. */
  readonly tdur?: number;
  readonly args?: { readonly name?: unknown };
};

/** What has to be recorded for it. */
export const TRACE_CATEGORIES = ['devtools.timeline', 'disabled-by-default-devtools.timeline', 'v8'];

const TASK = /RunTask$/;
const KINDS: readonly (readonly [kind: string, names: RegExp])[] = [
  ['memory', /GC/],
  ['style', /^(UpdateLayoutTree|RecalculateStyles|ParseAuthorStyleSheet)$/],
  ['layout', /^(Layout|UpdateLayerTree|HitTest|IntersectionObserver.*)$/],
  ['paint', /^(PrePaint|Paint|PaintImage|Layerize|Commit|CompositeLayers|UpdateLayer|RasterTask)$/],
  ['compiling', /[cC]ompile|ParseFunction/],
];
const kindOf = (name: string): string => KINDS.find(([, names]) => names.test(name))?.[0] ?? 'script';

/** @throws Error where the trace holds no task of a page */
export function mainThreadOf(events: readonly TraceEvent[]): MainThread {
  const threads = events
    .filter(({ name, args }) => name === 'thread_name' && args?.name === 'CrRendererMain')
    .map(({ pid, tid }) => summarised(events.filter((event) => event.pid === pid && event.tid === tid)));
  // The browser keeps a spare process for the next page, which does next to nothing.
  const [busiest] = threads.toSorted((one, other) => other.busyMs - one.busyMs);
  if (busiest === undefined || busiest.busyMs === 0) throw new Error('the trace holds no task of a page');
  return busiest;
}

type Open = { readonly event: TraceEvent; readonly end: number; childrenUs: number };

function summarised(events: readonly TraceEvent[]): MainThread {
  const whole = events
    .filter(({ ph, dur }) => ph === 'X' && dur !== undefined)
    .toSorted((one, other) => one.ts - other.ts || (other.dur ?? 0) - (one.dur ?? 0));
  const all = new Map<string, number>();
  let longest = { durationUs: 0, kinds: new Map<string, number>() };
  let busyUs = 0;
  let mostCpuUs = 0;
  let current = new Map<string, number>();
  const open: Open[] = [];
  const close = (): void => {
    const { event, childrenUs } = open.pop() as Open;
    const kind = kindOf(event.name);
    const own = (event.dur ?? 0) - childrenUs;
    for (const kinds of [all, current]) kinds.set(kind, (kinds.get(kind) ?? 0) + own);
    const parent = open.at(-1);
    if (parent !== undefined) parent.childrenUs += event.dur ?? 0;
    else if ((event.dur ?? 0) > longest.durationUs) longest = { durationUs: event.dur ?? 0, kinds: current };
  };
  for (const event of whole) {
    while (open.length > 0 && (open.at(-1) as Open).end <= event.ts) close();
    if (open.length === 0) {
      if (!TASK.test(event.name)) continue;
      current = new Map();
      busyUs += event.dur ?? 0;
      mostCpuUs = Math.max(mostCpuUs, event.tdur ?? 0);
    }
    open.push({ event, end: event.ts + (event.dur ?? 0), childrenUs: 0 });
  }
  while (open.length > 0) close();
  return {
    longestTaskMs: longest.durationUs / 1_000,
    mostCpuMs: mostCpuUs / 1_000,
    inLongestTask: inMs(longest.kinds),
    inAll: inMs(all),
    busyMs: busyUs / 1_000,
  };
}

const inMs = (kinds: ReadonlyMap<string, number>): Readonly<Record<string, number>> =>
  Object.fromEntries([...kinds].map(([kind, us]) => [kind, Math.round(us / 100) / 10]));
