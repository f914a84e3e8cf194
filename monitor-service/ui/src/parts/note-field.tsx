type NoteFieldProps = {
  readonly title: string;
  readonly value: string;
  readonly set: (value: string) => void;
  readonly maxLength: number;
};

/** What somebody may say with what is done; nothing has to be said. */
export function NoteField({ title, value, set, maxLength }: NoteFieldProps) {
  return (
    <label className="note-field">
      {title} <span className="soft">(may be left empty)</span>
      <textarea rows={3} {...{ value, maxLength }} onChange={(event) => set(event.target.value)} />
    </label>
  );
}
