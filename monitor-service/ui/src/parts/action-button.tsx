import { useMutation } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { Dialog } from './dialog.js';
import { Problem } from './problem.js';

type ActionButtonProps = {
  readonly name: string;
  /** Distinguishes it from others of the same name, for people who do not see where it stands. */
  readonly label?: string;
  /** @returns what is said when it is done */
  readonly act: () => Promise<string | void>;
  /** Called when it is done and its question is closed, so that something else can stand there. */
  readonly onDone?: () => void;
  /** What it will do: then it is asked for first. */
  readonly question?: ReactNode;
  /** Called when the question is opened, and when it is closed. */
  readonly onAsking?: (isAsking: boolean) => void;
  readonly isPrimary?: boolean;
  readonly isDisabled?: boolean;
};

/** A button that does something, and says what came of it. */
export function ActionButton(props: ActionButtonProps) {
  const { name, label, act, onDone, question, onAsking, isPrimary, isDisabled } = props;
  const [isAsking, setAskingHere] = useState(false);
  const setAsking = (isAsked: boolean): void => {
    setAskingHere(isAsked);
    onAsking?.(isAsked);
  };
  const action = useMutation({
    mutationFn: act,
    onSuccess: () => {
      // Drawn together: a dialog that is closed gives the focus back before the next one takes it.
      setAsking(false);
      onDone?.();
    },
  });
  /** What came of the last time is not said beside a new question, nor after it was left. */
  const ask = (isAsked: boolean): void => {
    if (isAsked || action.isError) action.reset();
    setAsking(isAsked);
  };
  const done = action.isSuccess && typeof action.data === 'string' ? action.data : undefined;
  return (
    <span className="action">
      <button
        className={isPrimary === true ? 'primary' : undefined}
        aria-label={label}
        // Behind a dialog it stays enabled: it gets the focus back when that is closed.
        disabled={isDisabled === true || (question === undefined && action.isPending)}
        onClick={question === undefined ? () => action.mutate() : () => ask(true)}
      >
        {action.isPending ? `${name}…` : name}
      </button>
      {done !== undefined && <span role="status">{done}</span>}
      {isAsking ? (
        <Dialog title={label ?? name} close={() => ask(false)}>
          <div className="question">{question}</div>
          {action.isError && <Problem cause={action.error} />}
          <div className="actions">
            <button className="primary" disabled={action.isPending} onClick={() => action.mutate()}>
              {name}
            </button>
            <button disabled={action.isPending} onClick={() => ask(false)}>
              Cancel
            </button>
          </div>
        </Dialog>
      ) : (
        action.isError && <Problem cause={action.error} />
      )}
    </span>
  );
}
