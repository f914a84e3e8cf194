import { useEffect, useState } from 'react';
import { serverNow } from './server-clock.js';

const DATE_PARTS: Intl.DateTimeFormatOptions = {
  ...{ year: 'numeric', month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit', second: '2-digit' },
  timeZoneName: 'short',
};
const DATE = new Intl.DateTimeFormat(undefined, DATE_PARTS);

const EXACT = new Intl.DateTimeFormat(undefined, { ...DATE_PARTS, fractionalSecondDigits: 3 });

type TimeProps = {
  readonly at: string | null;
  /** With milliseconds. */
  readonly isExact?: boolean;
};

/** A time of the API in the reader's zone, which is named; UTC when it is pointed at. */
export function Time({ at, isExact }: TimeProps) {
  if (at === null) return <span className="soft">–</span>;
  return (
    <time dateTime={at} title={at}>
      {(isExact === true ? EXACT : DATE).format(new Date(at))}
    </time>
  );
}

/** How long something took, or takes by now. */
export function Duration({ from, to }: { readonly from: string | null; readonly to: string | null }) {
  const now = useNow(from !== null && to === null);
  if (from === null) return <span className="soft">–</span>;
  return <span className="number">{formatMs((to === null ? now : Date.parse(to)) - Date.parse(from))}</span>;
}

/** How long it is until then. @param past what is said when it is over */
export function Countdown({ to, past }: { readonly to: string; readonly past: string }) {
  const left = Date.parse(to) - useNow(true);
  return (
    <time dateTime={to} title={DATE.format(new Date(to))} className="number">
      {left > 0 ? `in ${formatMs(Math.ceil(left / 1_000) * 1_000)}` : past}
    </time>
  );
}

/** The time by the server's clock, again every second while it is needed. In epoch ms. */
export function useNow(isNeeded: boolean): number {
  const [now, setNow] = useState(serverNow);
  useEffect(() => {
    if (!isNeeded) return;
    setNow(serverNow());
    const timer = setInterval(() => setNow(serverNow()), 1_000);
    return () => clearInterval(timer);
  }, [isNeeded]);
  return now;
}

/** Such as `340 ms`, `4.2 s`, `3 min 20 s`, `2 h 5 min`, `3 d 4 h`. */
export function formatMs(ms: number): string {
  if (ms < 1_000) return `${Math.max(0, Math.round(ms))} ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(ms < 10_000 ? 1 : 0)} s`;
  const [seconds, minutes, hours] = [Math.floor(ms / 1_000), Math.floor(ms / 60_000), Math.floor(ms / 3_600_000)];
  if (hours < 1) return `${minutes} min ${seconds % 60} s`;
  if (hours < 24) return `${hours} h ${minutes % 60} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}
