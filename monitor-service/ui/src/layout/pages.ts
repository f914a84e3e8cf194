/** The pages of a workspace, by the part of the address that names them: what runs, what begins runs, what is around them. */
export const PAGE_GROUPS = [
  [
    ['runs', 'Runs'],
    ['approvals', 'Approvals'],
    ['flows', 'Flows'],
  ],
  [
    ['schedules', 'Schedules'],
    ['triggers', 'Triggers'],
    ['connections', 'Connections'],
    ['templates', 'Templates'],
  ],
  [
    ['quotas', 'Quotas'],
    ['audit', 'Audit'],
  ],
] as const;

/** Which page of a workspace an address is of; undefined: none. */
export const pageOf = (pathname: string): string | undefined => /^\/w\/[^/]+\/([^/]+)/.exec(pathname)?.[1];

/** What a page is called in the menu. */
export const pageName = (path: string | undefined): string | undefined =>
  PAGE_GROUPS.flatMap((pages) => [...pages]).find(([known]) => known === path)?.[1];
