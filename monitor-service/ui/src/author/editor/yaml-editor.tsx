import { closeBrackets, closeBracketsKeymap, completionKeymap } from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands';
import { foldKeymap, indentOnInput } from '@codemirror/language';
import { lintKeymap } from '@codemirror/lint';
import { highlightSelectionMatches, searchKeymap } from '@codemirror/search';
import { EditorView, drawSelection, highlightActiveLine, highlightActiveLineGutter, keymap } from '@codemirror/view';
import { useEffect, useImperativeHandle, useRef, type Ref } from 'react';
import type { Finding } from '../language/requests.js';
import { baseExtensions } from './base-extensions.js';
import { languageExtensions, marksOf } from './language-extensions.js';

export type EditorHandle = {
  /** Selects a part, scrolls to it, and goes there. */
  readonly select: (from: number, to: number) => void;
  /** Puts another text in the place of all; undo brings the old one back. */
  readonly replace: (text: string) => void;
  readonly focus: () => void;
};

export type YamlEditorProps = {
  readonly initial: string;
  readonly text: string;
  /** What was found in `checkedText`; it is marked as long as that is the text. */
  readonly findings: readonly Finding[];
  readonly checkedText: string | undefined;
  readonly onChange: (text: string) => void;
  readonly onCursor: (offset: number) => void;
  /** Called when the keyboard shall leave the editor, where Tab indents. */
  readonly onLeave: () => void;
  readonly ref: Ref<EditorHandle>;
};

/** The text of a definition, to be written. */
export default function YamlEditor(props: YamlEditorProps) {
  const { initial, text, findings, checkedText, ref } = props;
  const frame = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const latest = useRef(props);
  useEffect(() => {
    latest.current = props;
  });
  useEffect(() => {
    const made = new EditorView({
      doc: initial,
      extensions: [writing(() => latest.current), listening(() => latest.current)],
      ...(frame.current === null ? {} : { parent: frame.current }),
    });
    view.current = made;
    return () => made.destroy();
  }, [initial]);
  useEffect(() => {
    const editor = view.current;
    if (editor === null || checkedText !== text || editor.state.doc.toString() !== text) return;
    editor.dispatch(marksOf(editor.state, findings));
  }, [findings, checkedText, text]);
  useImperativeHandle(ref, () => ({
    select: (from, to) => {
      const editor = view.current;
      const end = editor?.state.doc.length ?? 0;
      const [anchor, head] = [Math.min(to, end), Math.min(from, end)];
      editor?.dispatch({
        ...{ selection: { anchor, head }, effects: EditorView.scrollIntoView(head, { y: 'start', yMargin: 40 }) },
      });
      editor?.focus();
    },
    replace: (next) => {
      const editor = view.current;
      editor?.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: next } });
    },
    focus: () => view.current?.focus(),
  }));
  return <div className="yaml-editor" ref={frame} />;
}

type Latest = () => YamlEditorProps;

const writing = (latest: Latest) => [
  baseExtensions('Definition (YAML)'),
  history(),
  drawSelection(),
  indentOnInput(),
  closeBrackets(),
  highlightActiveLine(),
  highlightActiveLineGutter(),
  highlightSelectionMatches(),
  languageExtensions,
  keymap.of([
    ...[...closeBracketsKeymap, ...completionKeymap, ...searchKeymap, ...historyKeymap, ...foldKeymap, ...lintKeymap],
    ...[...defaultKeymap, indentWithTab],
    // The last one: first it closes what is open, and undoes a selection.
    { key: 'Escape', run: () => (latest().onLeave(), true) },
  ]),
];

const listening = (latest: Latest) =>
  EditorView.updateListener.of(({ docChanged, selectionSet, state }) => {
    if (docChanged) latest().onChange(state.doc.toString());
    if (docChanged || selectionSet) latest().onCursor(state.selection.main.head);
  });
