import { autocompletion, type Completion, type CompletionResult } from '@codemirror/autocomplete';
import { lintGutter, setDiagnostics, type Diagnostic } from '@codemirror/lint';
import type { EditorState, Extension, TransactionSpec } from '@codemirror/state';
import { hoverTooltip } from '@codemirror/view';
import { language } from '../language/language.js';
import type { Finding, Proposals } from '../language/requests.js';

type Option = Proposals['options'][number];

/** Proposals, hovers and marks of what is wrong. */
export const languageExtensions: Extension = [
  autocompletion({
    override: [
      async (context): Promise<CompletionResult | null> => {
        // Unasked, where a word or the value behind a name begins.
        if (!context.explicit && context.matchBefore(/[\w.-]+|: |- /) === null) return null;
        const found = await language().proposalsAt(context.state.doc.toString(), context.pos);
        if (found === undefined) return null;
        return { ...found, options: found.options.map(completion), validFor: /^[\w-]*$/ };
      },
    ],
  }),
  hoverTooltip(async (view, position) => {
    const found = await language().hoverAt(view.state.doc.toString(), position);
    if (found === undefined) return null;
    return { pos: found.from, end: found.to, above: true, create: () => ({ dom: hoverOf(found.title, found.text) }) };
  }),
  lintGutter(),
];

const completion = ({ label, kind, apply, detail, info, isNeeded }: Option): Completion => ({
  ...{ label, type: kind === 'property' ? 'property' : kind === 'name' ? 'variable' : 'enum' },
  ...(apply === undefined ? {} : { apply }),
  ...(detail === undefined ? {} : { detail }),
  ...(info === undefined ? {} : { info }),
  boost: isNeeded === true ? 1 : 0,
});

function hoverOf(title: string, text: string): HTMLElement {
  const box = document.createElement('div');
  box.className = 'hover-box';
  const name = box.appendChild(document.createElement('code'));
  name.textContent = title;
  box.appendChild(document.createElement('p')).textContent = text;
  return box;
}

/** Marks findings in the text that they were found in. */
export function marksOf(state: EditorState, findings: readonly Finding[]): TransactionSpec {
  const { length } = state.doc;
  const marks = findings.map(({ from, to, severity, message, hint, code }): Diagnostic => {
    const said = hint === undefined ? message : `${message}. ${hint}`;
    return { from: Math.min(from, length), to: Math.min(to, length), severity, message: said, source: code };
  });
  return setDiagnostics(state, marks);
}
