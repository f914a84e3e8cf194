import { useState, type ComponentProps } from 'react';
import { instantOf, localOf } from './local-time.js';

type FieldProps = { readonly title: string; readonly value: string; readonly set: (value: string) => void };

/** One of some values, or all. One that an address names is shown, also where it is none of them. */
export function FilterChoice({ title, value, set, values }: FieldProps & { readonly values: readonly string[] }) {
  const shown = value === '' || values.includes(value) ? values : [value, ...values];
  return (
    <label>
      {title}
      <select value={value} onChange={(event) => set(event.target.value)}>
        <option value="">all</option>
        {shown.map((one) => (
          <option key={one}>{one}</option>
        ))}
      </select>
    </label>
  );
}

type FilterTextProps = FieldProps & { readonly type?: string; readonly placeholder?: string };

/** A text to look for. */
export function FilterText({ title, value, set, type = 'text', placeholder = '' }: FilterTextProps) {
  return (
    <label>
      {title}
      <DraftInput {...{ type, placeholder, value, set }} />
    </label>
  );
}

/** A time in the zone of the reader; the value is an instant. */
export function FilterTime({ title, value, set }: FieldProps) {
  return (
    <label>
      {title}
      <DraftInput
        {...{ type: 'datetime-local', max: '9999-12-31T23:59', value: localOf(value) }}
        set={(local) => set(instantOf(local))}
      />
    </label>
  );
}

type DraftInputProps = Pick<FieldProps, 'value' | 'set'> &
  Pick<ComponentProps<'input'>, 'type' | 'placeholder' | 'max'>;

/**
 * A field whose value is taken when it is left or Enter is pressed: not every letter is a search. Until then it keeps what
 * is typed, a date that is not whole among it.
 */
function DraftInput({ value, set, ...rest }: DraftInputProps) {
  const [draft, setDraft] = useState({ text: value, of: value });
  // Another value from elsewhere, such as the address, counts more than what was typed.
  if (draft.of !== value) setDraft({ text: value, of: value });
  const take = ({ value: text, validity }: HTMLInputElement): void => {
    if (text !== value && !validity.badInput) set(text);
  };
  return (
    <input
      {...rest}
      value={draft.text}
      onChange={(event) => setDraft({ text: event.target.value, of: value })}
      onBlur={(event) => take(event.target)}
      onKeyDown={(event) => event.key === 'Enter' && take(event.currentTarget)}
    />
  );
}
