import { EditorView } from '@codemirror/view';
import { useEffect, useRef } from 'react';
import { baseExtensions, READ_ONLY } from './base-extensions.js';

/** The text of a definition, to be read. */
export default function YamlView({ text, name }: { readonly text: string; readonly name: string }) {
  const frame = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const parent = frame.current;
    if (parent === null) return;
    const view = new EditorView({ parent, doc: text, extensions: [baseExtensions(name), READ_ONLY] });
    return () => view.destroy();
  }, [text, name]);
  return <div className="yaml-view" ref={frame} />;
}
