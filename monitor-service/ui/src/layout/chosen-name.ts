/** A change of the field: the text that stands there now, and the kind of input that browsers name in the event. */
type Change = { readonly text: string; readonly inputType: string | undefined };

/**
 * The name that was chosen from what the field proposes; undefined while somebody types, deletes or pastes: a name may be
 * the beginning of another one. For a choice, some browsers name no kind of input, others that a text was replaced.
 */
export function chosenName({ text, inputType }: Change, names: readonly string[]): string | undefined {
  const isChoice = inputType === undefined || inputType === '' || inputType === 'insertReplacementText';
  return isChoice && names.includes(text) ? text : undefined;
}
