/** Commands of one partition that are not decided yet, counted by tenant. */
export type TenantBacklog = {
  /** A command is about to be appended. Call `done` with its offset, or undefined when it is not known to be there. */
  readonly begin: (tenantId: string) => { readonly done: (offset: number | undefined) => void };
  /** All below this offset are decided. */
  readonly decidedBelow: (offset: number) => void;
  readonly waiting: (tenantId: string) => number;
};

export function makeTenantBacklog(): TenantBacklog {
  const counts = new Map<string, number>();
  /** In the order of appends, hence of offsets. */
  let appended: { readonly tenantId: string; readonly offset: number }[] = [];
  let head = 0;
  const add = (tenantId: string, change: 1 | -1): void => {
    const count = (counts.get(tenantId) ?? 0) + change;
    if (count > 0) counts.set(tenantId, count);
    else counts.delete(tenantId);
  };
  return {
    begin: (tenantId) => {
      add(tenantId, 1);
      return {
        done: (offset) => {
          if (offset === undefined) add(tenantId, -1);
          else appended.push({ tenantId, offset });
        },
      };
    },
    decidedBelow: (offset) => {
      for (let next = appended[head]; next !== undefined && next.offset < offset; next = appended[head]) {
        add(next.tenantId, -1);
        head++;
      }
      if (head > 1024 || head === appended.length) {
        appended = appended.slice(head);
        head = 0;
      }
    },
    waiting: (tenantId) => counts.get(tenantId) ?? 0,
  };
}
