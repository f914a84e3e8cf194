import type { FlowDefinition } from '@flowplane/contracts/flow/document';
import { readLabels } from '@flowplane/contracts/flow/labels';
import { useState, type SubmitEvent } from 'react';
import { useMay } from '../../api/may.js';
import { NotAllowed } from '../../parts/not-allowed.js';
import { Problem } from '../../parts/problem.js';
import '../../styles/start-form.css';
import {
  fieldsOf,
  inputOf,
  inputOfJson,
  jsonOf,
  notForFields,
  type Declarations,
  type FieldFaults,
  type Fields,
} from './form-model.js';
import { InputField } from './input-field.js';
import { useStart } from './use-start.js';

export type StartFormProps = { readonly flowId: string; readonly definition: Pick<FlowDefinition, 'inputs'> };

/** Starts a run: with a field for each input that the flow declares, or an input as JSON. */
export function StartForm({ flowId, definition: { inputs: declared = {} } }: StartFormProps) {
  const [isJson, setJson] = useState(Object.keys(declared).length === 0);
  const [fields, setFields] = useState<Fields>(() => fieldsOf(declared, {}));
  const [json, setJsonText] = useState('{}');
  const [labels, setLabels] = useState<readonly Label[]>([]);
  const [faults, setFaults] = useState<FieldFaults>({});
  const [fault, setFault] = useState<Error>();
  const start = useStart(flowId);
  const may = useMay('startExecution');

  const attempt = (run: () => void): void => {
    setFault(undefined);
    try {
      run();
    } catch (cause) {
      setFault(cause as Error);
    }
  };
  const showJson = (): void =>
    attempt(() => {
      if (isJson) return;
      const written = jsonOf(declared, fields);
      setFaults(written.faults);
      // The JSON would lack them, and the form after it.
      if (Object.keys(written.faults).length > 0)
        throw new Error('Some inputs are of another type: mend or empty them.');
      setJsonText(written.json);
      setJson(true);
    });
  const showFields = (): void =>
    attempt(() => {
      if (!isJson) return;
      const input = inputOfJson(json);
      const lost = notForFields(declared, input);
      if (lost.length > 0) throw new Error(`Fields cannot show what the JSON says for ${lost.join(', ')}.`);
      const shown = fieldsOf(declared, input);
      setFields(shown);
      setFaults(jsonOf(declared, shown).faults);
      setJson(false);
    });
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    if (!may || start.isPending) return;
    attempt(() => {
      const given = isJson ? { input: inputOfJson(json), faults: {} } : inputOf(declared, fields);
      setFaults(given.faults);
      if (Object.keys(given.faults).length > 0) throw new Error('Some inputs are missing or of another type.');
      const named = labelsOf(labels);
      start.mutate({ input: given.input, ...(named === undefined ? {} : { labels: named }) });
    });
  };
  return (
    <form className="card form start-form" onSubmit={submit} noValidate>
      <header>
        <h2>Start a run</h2>
        {Object.keys(declared).length > 0 && (
          <div className="tabs" role="tablist" aria-label="How the input is given">
            <button type="button" role="tab" aria-selected={!isJson} onClick={showFields}>
              Form
            </button>
            <button type="button" role="tab" aria-selected={isJson} onClick={showJson}>
              JSON
            </button>
          </div>
        )}
      </header>
      {isJson ? (
        <label>
          Input (JSON)
          <textarea
            name="input"
            rows={4}
            spellCheck={false}
            value={json}
            onChange={(event) => setJsonText(event.target.value)}
          />
        </label>
      ) : (
        <InputFields {...{ declared, fields, faults, setFields }} />
      )}
      <Labels {...{ labels, setLabels }} />
      <NotAllowed operation="startExecution">You may look at the flow, and not start it.</NotAllowed>
      <button className="primary" disabled={!may || start.isPending}>
        {start.isPending ? 'Starting…' : 'Start a run'}
      </button>
      {fault !== undefined && <Problem cause={fault} />}
      {fault === undefined && start.isError && <Problem cause={start.error} />}
    </form>
  );
}

type InputFieldsProps = {
  readonly declared: Declarations;
  readonly fields: Fields;
  readonly faults: FieldFaults;
  readonly setFields: (fields: Fields) => void;
};

function InputFields({ declared, fields, faults, setFields }: InputFieldsProps) {
  const others = Object.keys(fields.others);
  return (
    <>
      <div className="input-fields">
        {Object.entries(declared).map(([name, declaration]) => (
          <InputField
            key={name}
            {...{ name, declaration, text: fields.texts[name] ?? '', fault: faults[name] }}
            onChange={(text) => setFields({ ...fields, texts: { ...fields.texts, [name]: text } })}
          />
        ))}
      </div>
      {others.length > 0 && <p className="soft">The JSON has more, which is sent as well: {others.join(', ')}.</p>}
    </>
  );
}

type Label = { readonly name: string; readonly text: string };

/** @throws Error that says what is wrong with them */
function labelsOf(labels: readonly Label[]): Readonly<Record<string, string>> | undefined {
  const given = labels.filter(({ name, text }) => name !== '' || text !== '');
  const named = Object.fromEntries(given.map(({ name, text }) => [name, text]));
  const read = readLabels(named);
  if (!read.ok) throw new Error(`A label cannot be kept: ${read.reason}`);
  if (Object.keys(named).length < given.length) throw new Error('Two labels have the same name.');
  return given.length === 0 ? undefined : named;
}

type LabelsProps = { readonly labels: readonly Label[]; readonly setLabels: (labels: readonly Label[]) => void };

function Labels({ labels, setLabels }: LabelsProps) {
  const change = (index: number, changed: Partial<Label>): void =>
    setLabels(labels.map((label, at) => (at === index ? { ...label, ...changed } : label)));
  return (
    <fieldset className="labels">
      <legend>Labels</legend>
      {labels.map(({ name, text }, index) => (
        <div key={index} className="label-row">
          <input
            aria-label={`Name of label ${index + 1}`}
            placeholder="name"
            value={name}
            onChange={(event) => change(index, { name: event.target.value })}
          />
          <input
            aria-label={`Text of label ${index + 1}`}
            placeholder="text"
            value={text}
            onChange={(event) => change(index, { text: event.target.value })}
          />
          <button
            type="button"
            aria-label={`Remove label ${index + 1}`}
            onClick={() => setLabels(labels.filter((_, at) => at !== index))}
          >
            ✕
          </button>
        </div>
      ))}
      <button type="button" onClick={() => setLabels([...labels, { name: '', text: '' }])}>
        Add a label
      </button>
      <span className="soft"> Runs can be found by them.</span>
    </fieldset>
  );
}
