import type { ReactNode } from 'react';
import type { Pages } from '../api/use-pages.js';
import { Problem } from './problem.js';

type PagedProps<Item> = {
  readonly pages: Pages<Item>;
  /** What is listed, in the plural. */
  readonly name: string;
  /** Why there is none, and what to do about that. */
  readonly empty: ReactNode;
  /** Whether the page has something else to show, too. */
  readonly isPart?: boolean;
  readonly children: (items: readonly Item[]) => ReactNode;
};

/** A list that grows at its end, and what is shown instead while there is nothing to show. */
export function Paged<Item>({ pages, name, empty, isPart = false, children }: PagedProps<Item>) {
  const { items, fault, again, more, isReadingMore } = pages;
  return (
    <>
      {fault !== undefined && <Problem cause={fault} retry={again} isPage={!isPart && items === undefined} />}
      {items === undefined && fault === undefined && <p className="empty">Reading the {name}…</p>}
      {items?.length === 0 && <p className="empty nothing">{empty}</p>}
      {items !== undefined && items.length > 0 && children(items)}
      {more !== undefined && (
        <button className="more" disabled={isReadingMore} onClick={more}>
          {isReadingMore ? 'Reading…' : `More ${name}`}
        </button>
      )}
    </>
  );
}
