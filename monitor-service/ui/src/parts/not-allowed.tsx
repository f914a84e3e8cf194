import type { ReactNode } from 'react';
import { useMay, type Operation } from '../api/may.js';
import { whoMay } from './who-may.js';

/** Says why buttons of a page cannot be used, where the person may not do what they do. */
export function NotAllowed({ operation, children }: { readonly operation: Operation; readonly children: ReactNode }) {
  const may = useMay(operation);
  if (may) return null;
  return (
    <p className="notice" role="note">
      {children} {whoMay(operation)}
    </p>
  );
}
