import { yaml } from '@codemirror/lang-yaml';
import { bracketMatching, foldGutter, HighlightStyle, indentUnit, syntaxHighlighting } from '@codemirror/language';
import { EditorState, type Extension } from '@codemirror/state';
import { EditorView, lineNumbers } from '@codemirror/view';
import { tags } from '@lezer/highlight';

/** Of this page: its security policy lets no other styles in. */
const nonce = (): string => document.querySelector<HTMLElement>('meta[property="csp-nonce"]')?.nonce ?? '';

const COLOURS = HighlightStyle.define([
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: 'var(--accent)' },
  { tag: [tags.string, tags.special(tags.string)], color: 'var(--done)' },
  { tag: [tags.number, tags.bool, tags.null, tags.keyword], color: 'var(--waiting)' },
  { tag: [tags.comment, tags.punctuation, tags.separator, tags.meta], color: 'var(--soft)' },
]);

const tint = (colour: string): string => `color-mix(in srgb, var(${colour}) 9%, transparent) !important`;
const mark = (colour: string) => ({ background: 'none !important', borderBottom: `2px solid var(${colour})` });

const LOOK = EditorView.theme({
  '&': { color: 'var(--text)', backgroundColor: 'var(--panel)', fontSize: '13px' },
  '&.cm-focused': { outline: 'none' }, // its frame has one, around the line numbers too
  '.cm-collapsedLines::before, .cm-collapsedLines::after': { content: '"⋯" !important' },
  '.cm-content': { fontFamily: 'ui-monospace, monospace', caretColor: 'var(--text)' },
  '.cm-scroller': { fontFamily: 'ui-monospace, monospace', lineHeight: '1.55' },
  '.cm-cursor': { borderLeftColor: 'var(--text)' },
  '.cm-gutters': { backgroundColor: 'var(--bg)', color: 'var(--soft)', borderRight: '1px solid var(--line)' },
  '.cm-activeLine, .cm-activeLineGutter': { backgroundColor: 'color-mix(in srgb, var(--accent) 8%, transparent)' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': {
    backgroundColor: 'color-mix(in srgb, var(--accent) 26%, transparent) !important',
  },
  '.cm-tooltip, .cm-panels': {
    ...{ backgroundColor: 'var(--panel)', color: 'var(--text)', border: '1px solid var(--line)' },
    borderRadius: '6px',
  },
  '.cm-tooltip-autocomplete > ul > li[aria-selected]': {
    ...{ backgroundColor: 'var(--accent)', color: 'var(--on-accent)' },
  },
  '.cm-completionDetail': { color: 'inherit', fontStyle: 'normal', opacity: '0.85' },
  '.cm-completionInfo': { maxWidth: '360px', padding: '6px 10px' },
  '.cm-foldPlaceholder, .cm-collapsedLines': {
    ...{ background: 'var(--bg)', color: 'var(--soft)', border: '1px solid var(--line)' },
  },
  // Faint behind the text, so that it can be read; what differs within a line is underlined.
  '.cm-changedLine, &.cm-merge-b .cm-changedLine': { backgroundColor: tint('--done') },
  '.cm-changedText, &.cm-merge-b .cm-changedText': mark('--done'),
  '&.cm-merge-a .cm-changedLine, .cm-deletedChunk': { backgroundColor: tint('--failed') },
  '&.cm-merge-a .cm-changedText, .cm-deletedChunk .cm-deletedText': mark('--failed'),
  '.cm-textfield, .cm-button': {
    ...{ backgroundColor: 'var(--bg)', backgroundImage: 'none', color: 'var(--text)' },
    border: '1px solid var(--line)',
  },
});

/** What every text of a definition looks like. @param label accessible name */
export const baseExtensions = (label: string): Extension => [
  EditorView.cspNonce.of(nonce()),
  yaml(),
  syntaxHighlighting(COLOURS),
  LOOK,
  lineNumbers(),
  foldGutter(),
  bracketMatching(),
  EditorView.lineWrapping,
  EditorState.tabSize.of(2),
  indentUnit.of('  '),
  EditorView.contentAttributes.of({ 'aria-label': label }),
];

/** For texts that are looked at; the keyboard can scroll them. */
export const READ_ONLY: Extension = [
  EditorState.readOnly.of(true),
  EditorView.editable.of(false),
  EditorView.contentAttributes.of({ tabindex: '0' }),
];
