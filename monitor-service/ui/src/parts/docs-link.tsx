import type { ReactNode } from 'react';

type DocsLinkProps = {
  /** Its name in `docs/`, and a heading there if need be, such as `language#triggers`. */
  readonly page: string;
  readonly children: ReactNode;
};

/** Leads to a page about Flowplane, in another tab: what is being done here stays. */
export function DocsLink({ page, children }: DocsLinkProps) {
  return (
    <a href={`/docs/${page}`} target="_blank" rel="noreferrer">
      {children}
    </a>
  );
}
