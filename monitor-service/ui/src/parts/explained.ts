import { FlowplaneError } from '@flowplane/contracts/client';
import { Unreachable } from '../session/reached.js';

type Explained = { readonly title: string; readonly advice?: string | undefined };

/** Whether the API has refused it to the person who asks. */
export const isForbidden = (cause: unknown): boolean => cause instanceof FlowplaneError && cause.status === 403;

/** What a fault means to somebody who only sees the page. */
export function explained(cause: unknown): Explained {
  if (cause instanceof Unreachable) return { title: 'Flowplane cannot be reached.', advice: cause.message };
  if (cause instanceof Error && NOT_LOADED.test(cause.message)) {
    return {
      title: 'A part of the console could not be loaded.',
      advice: 'There may be a new version: load the page anew.',
    };
  }
  if (!(cause instanceof FlowplaneError)) return { title: cause instanceof Error ? cause.message : String(cause) };
  const { status, detail, code, correlationId, retryAfterSeconds } = cause;
  if (isForbidden(cause)) {
    return {
      title: 'You may not see or do this.',
      advice: `${detail} Ask an owner of the tenant, or sign in as somebody else.`,
    };
  }
  if (status === 503) return { title: 'Flowplane is busy or a part of it is away.', advice: detail };
  if (status === 429) {
    const wait = retryAfterSeconds === undefined ? '' : ` Try again in ${retryAfterSeconds} s.`;
    return { title: detail, advice: `The page Quotas shows limits and usage.${wait}` };
  }
  if (status === 501) return { title: detail, advice: 'The operator of this installation can switch it on.' };
  const trace = correlationId === undefined ? '' : ` (${correlationId})`;
  const listed = listedIn(cause);
  if (listed.length > 0) return { title: detail, advice: listed.join(' ') };
  return { title: detail, ...(status >= 500 ? { advice: `${code ?? status}${trace}` } : {}) };
}

/** What browsers say when a file of the console is not there. */
const NOT_LOADED = /dynamically imported module|importing a module script failed/i;

type Finding = { readonly message?: string; readonly path?: string };

/** What a refusal is about, one by one; messages of some name their place themselves. */
const listedIn = ({ errors }: FlowplaneError): readonly string[] =>
  (errors as readonly Finding[]).map(({ message = '', path = '' }) =>
    path === '' || message.includes(path) ? message : `${path}: ${message}`,
  );
