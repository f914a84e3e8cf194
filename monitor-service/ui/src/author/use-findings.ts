import { FlowplaneError, type FlowplaneClient } from '@flowplane/contracts/client';
import { useEffect, useRef, useState } from 'react';
import { sleep } from '../session/flowplane.js';
import { useWorkspace } from '../session/use-workspace.js';
import { language } from './language/language.js';
import type { Checked, Finding } from './language/requests.js';
import {
  askedFindings,
  movedTo,
  onlyAsked,
  type KeptFindings,
  type ServerErrors,
  type ServerWarnings,
} from './server-findings.js';

/** Pauses of a writer that are long enough to check what stands there, ms; by the page, and by the API. */
const CHECK_AFTER_MS = 100;
const ASK_AFTER_MS = 700;

/**
 * What a text is worth: at once by the page, a little later by the API, which knows servers and other flows. What only that
 * has found stays until it has answered again, so that nothing flickers while somebody types.
 */
export function useFindings(text: string): { readonly checked: Checked | undefined; readonly fault: unknown } {
  const { flowplane } = useWorkspace();
  const [checked, setChecked] = useState<Checked>();
  const [fault, setFault] = useState<unknown>();
  const kept = useRef<KeptFindings>({ text: '', findings: [] });
  useEffect(() => {
    const left = new AbortController();
    const onFault = (cause: unknown): void => {
      if (!left.signal.aborted) setFault(cause);
    };
    const timer = setTimeout(() => void checkAll(), CHECK_AFTER_MS);
    const checkAll = async (): Promise<void> => {
      try {
        const own = await language().check(text);
        if (left.signal.aborted) return;
        setFault(undefined);
        kept.current = movedTo(own, kept.current);
        setChecked({ ...own, findings: [...own.findings, ...kept.current.findings] });
        if (own.definition === undefined) return;
        await sleep(ASK_AFTER_MS, left.signal);
        const findings = await ask(flowplane, own, left.signal);
        if (left.signal.aborted || findings === undefined) return;
        kept.current = onlyAsked(own, findings);
        setChecked({ ...own, findings });
      } catch (cause) {
        onFault(cause);
      }
    };
    return () => {
      clearTimeout(timer);
      left.abort();
    };
  }, [text, flowplane]);
  return { checked, fault };
}

/** What the API says about a text; undefined where it does not answer, or refuses to look at it. */
export async function ask(
  flowplane: FlowplaneClient,
  own: Checked,
  signal?: AbortSignal,
): Promise<readonly Finding[] | undefined> {
  // YAML text is another spelling of the definition, which the type does not have: it tells lines.
  const body = { definition_yaml: own.text } as unknown as { readonly definition: NonNullable<Checked['definition']> };
  try {
    const answer = await flowplane.call('validateDocument', {
      ...{ body, handling: 'lenient' },
      ...(signal === undefined ? {} : { signal }),
    });
    const warnings: ServerWarnings = answer.body.warnings ?? [];
    const found = warnings.map(({ path, ...rest }) => ({ ...rest, severity: 'warning' as const, pointer: path }));
    return found.length === 0 ? [] : await language().placed(own.text, found);
  } catch (cause) {
    const isVerdict = cause instanceof FlowplaneError && cause.errors.length > 0;
    return isVerdict ? askedFindings(own, cause.errors as ServerErrors) : undefined;
  }
}
