import { instantOf, localOf } from './local-time.js';

type FieldProps = { readonly title: string; readonly value: string; readonly set: (value: string) => void };

/** One of some values, or all. */
export function FilterChoice({ title, value, set, values }: FieldProps & { readonly values: readonly string[] }) {
  return (
    <label>
      {title}
      <select value={value} onChange={(event) => set(event.target.value)}>
        <option value="">all</option>
        {values.map((one) => (
          <option key={one}>{one}</option>
        ))}
      </select>
    </label>
  );
}

type FilterTextProps = FieldProps & { readonly type?: string; readonly placeholder?: string };

/** Taken when the field is left or Enter is pressed: not every letter is a search. */
export function FilterText({ title, value, set, type = 'text', placeholder = '' }: FilterTextProps) {
  return (
    <label>
      {title}
      <input
        {...{ type, placeholder }}
        key={value}
        defaultValue={value}
        onBlur={(event) => event.target.value !== value && set(event.target.value)}
        onKeyDown={(event) => event.key === 'Enter' && set(event.currentTarget.value)}
      />
    </label>
  );
}

/** A time in the zone of the reader; the value is an instant. */
export function FilterTime({ title, value, set }: FieldProps) {
  return (
    <label>
      {title}
      <input type="datetime-local" value={localOf(value)} onChange={(event) => set(instantOf(event.target.value))} />
    </label>
  );
}
