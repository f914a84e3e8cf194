import type { InputDeclaration } from '@flowplane/contracts/flow/document';
import { useId } from 'react';

export type InputFieldProps = {
  readonly name: string;
  readonly declaration: InputDeclaration;
  readonly text: string;
  readonly fault: string | undefined;
  readonly onChange: (text: string) => void;
};

/** One declared input of a flow. */
export function InputField({ name, declaration, text, fault, onChange }: InputFieldProps) {
  const { type, description, required } = declaration;
  const id = useId();
  const isNeeded = required === true && declaration.default === undefined;
  const about = [fault === undefined ? [] : [`${id}-fault`], description === undefined ? [] : [`${id}-about`]].flat();
  const shared = {
    ...{ id, name, 'aria-required': isNeeded, 'aria-invalid': fault !== undefined },
    ...(about.length === 0 ? {} : { 'aria-describedby': about.join(' ') }),
    value: text,
    onChange: (event: { readonly target: { readonly value: string } }) => onChange(event.target.value),
  };
  const placeholder = declaration.default === undefined ? '' : `default: ${written(declaration.default)}`;
  return (
    <div className="input-field">
      <label htmlFor={id}>
        {name} <span className="soft">{isNeeded ? `${type}, required` : type}</span>
      </label>
      {type === 'boolean' ? (
        <select {...shared}>
          <option value="">{placeholder === '' ? 'not given' : placeholder}</option>
          <option value="true">true</option>
          <option value="false">false</option>
        </select>
      ) : type === 'object' || type === 'array' ? (
        <textarea {...{ ...shared, placeholder }} rows={3} spellCheck={false} />
      ) : (
        <input {...{ ...shared, placeholder }} {...(type === 'number' ? { inputMode: 'decimal' as const } : {})} />
      )}
      {description !== undefined && (
        <span id={`${id}-about`} className="soft">
          {description}
        </span>
      )}
      {fault !== undefined && (
        <span id={`${id}-fault`} className="error">
          {fault}
        </span>
      )}
    </div>
  );
}

const written = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));
