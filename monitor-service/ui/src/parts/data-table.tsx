import type { ReactNode } from 'react';

export type Column<Row> = {
  readonly name: string;
  readonly cell: (row: Row) => ReactNode;
  /** Its text may be broken into lines. */
  readonly isLong?: boolean;
};

type DataTableProps<Row> = {
  /** What it lists, for people who do not see it. */
  readonly label: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => string;
  /** Below the rows: why there is none, for example. */
  readonly children?: ReactNode;
};

/** Rows and columns; on a narrow screen each row is a block of named lines. Roles are said, since layout takes them away. */
export function DataTable<Row>({ label, columns, rows, keyOf, children }: DataTableProps<Row>) {
  return (
    <div className="table-frame">
      <table className="stacks" role="table" aria-label={label}>
        <thead role="rowgroup">
          <tr role="row">
            {columns.map(({ name }) => (
              <th key={name} role="columnheader" scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup">
          {rows.map((row) => (
            <tr key={keyOf(row)} role="row">
              {columns.map(({ name, cell, isLong }) => (
                <td key={name} role="cell" data-name={name} data-long={isLong}>
                  <div>{cell(row)}</div>
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {children}
    </div>
  );
}
