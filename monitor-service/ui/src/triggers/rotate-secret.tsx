import { useQueryClient } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { decided } from '../api/decided.js';
import { useMay } from '../api/may.js';
import { ActionButton } from '../parts/action-button.js';
import { SecretOnce, useKeepShown } from '../parts/secret-once.js';
import { useWorkspace } from '../session/use-workspace.js';

/** Makes a new secret for a webhook, and shows it once. */
export function RotateSecret({ triggerId }: { readonly triggerId: string }) {
  const { workspaceId, flowplane } = useWorkspace();
  const queries = useQueryClient();
  const may = useMay('rotateWebhookSecret');
  const made = useRef<string | null>(null);
  const [secret, setSecret] = useState<string | null>(null);
  // From the click on, the answer may have a secret that nobody is shown again.
  const [isRotating, setRotating] = useState(false);
  useKeepShown(isRotating);
  const rotate = async (): Promise<string | void> => {
    setRotating(true);
    try {
      const answer = (await flowplane.call('rotateWebhookSecret', { params: { triggerId } })).body;
      made.current = (await decided(flowplane, answer)).secret;
    } catch (cause) {
      setRotating(false);
      throw cause;
    }
    void queries.invalidateQueries({ queryKey: ['webhooks', workspaceId] });
    if (made.current === null) return 'It is rotated; its secret was shown before.';
  };
  const show = (): void => {
    setRotating(false);
    setSecret(made.current);
    made.current = null;
  };
  return (
    <>
      <ActionButton
        name="Rotate"
        label={`Rotate the secret of ${triggerId}`}
        act={rotate}
        onDone={show}
        question="Senders that sign with the present secret are refused from then on, unless the operator has set a time in which both are valid. The new secret is shown once."
        isDisabled={!may}
      />
      {secret !== null && (
        <SecretOnce
          title="The new secret"
          secret={secret}
          advice="Give it to those who send this webhook."
          close={() => setSecret(null)}
        />
      )}
    </>
  );
}
