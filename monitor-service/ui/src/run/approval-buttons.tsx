import { MAX_COMMENT_LENGTH } from '@flowplane/contracts/client';
import { useState } from 'react';
import { decided } from '../api/decided.js';
import { ActionButton } from '../parts/action-button.js';
import { NoteField } from '../parts/note-field.js';
import { useWorkspace } from '../session/use-workspace.js';
import type { RunDetail } from './run-model.js';

type ApprovalButtonsProps = {
  readonly run: Pick<RunDetail, 'flowId' | 'executionId'>;
  readonly nodeId: string;
  /** What the approval is called; null or left out: by its node. */
  readonly name?: string | null;
  readonly message?: string | null;
  readonly isDisabled?: boolean;
  readonly onDecided?: () => void;
};

/** Says yes or no at an approval that is open. An answer cannot be taken back, so that it is asked for which one it is. */
export function ApprovalButtons({ run, nodeId, name, message, isDisabled, onDecided }: ApprovalButtonsProps) {
  const { flowplane } = useWorkspace();
  const [isSent, setSent] = useState(false);
  const [comment, setComment] = useState('');
  const { flowId, executionId } = run;
  const answer = (approved: boolean) => async (): Promise<string> => {
    const params = { flowId, executionId, signalName: nodeId };
    const body = { approved, ...(comment === '' ? {} : { comment }) };
    await decided(flowplane, (await flowplane.call('signalExecution', { params, body })).body);
    setSent(true);
    onDecided?.();
    return 'Sent.';
  };
  const called = name ?? nodeId;
  const question = (
    <>
      <p>
        <strong>{called}</strong> of {flowId}
      </p>
      {typeof message === 'string' && <p className="message">{message}</p>}
      <p className="soft">
        Run <code>{executionId}</code>
      </p>
      <NoteField title="Comment" value={comment} set={setComment} maxLength={MAX_COMMENT_LENGTH} />
    </>
  );
  const shared = { question, isDisabled: isDisabled === true || isSent };
  return (
    <div className="actions">
      <ActionButton name="Approve" label={`Approve ${called} of ${flowId}`} act={answer(true)} {...shared} isPrimary />
      <ActionButton name="Reject" label={`Reject ${called} of ${flowId}`} act={answer(false)} {...shared} />
    </div>
  );
}
