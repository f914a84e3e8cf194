import { CopyButton } from './copy-button.js';
import { Dialog } from './dialog.js';

type SecretOnceProps = {
  readonly title: string;
  readonly secret: string;
  readonly advice: string;
  readonly close: () => void;
};

/** A secret that nobody is shown again. */
export function SecretOnce({ title, secret, advice, close }: SecretOnceProps) {
  return (
    <Dialog title={title} close={close}>
      <p>It is shown now and never again. {advice}</p>
      <p className="secret">
        <code>{secret}</code> <CopyButton text={secret} label="Copy the secret" />
      </p>
      <div className="actions">
        <button className="primary" onClick={close}>
          I have kept it
        </button>
      </div>
    </Dialog>
  );
}
