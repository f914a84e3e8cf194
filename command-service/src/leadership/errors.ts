/** The decider must not go on, here or anywhere, until someone has looked: ends the process. */
export class DeciderFatal extends Error {
  override readonly name = 'DeciderFatal';
}

/** Another owner's claim follows ours: nothing we decide counts any more. */
export class Superseded extends Error {
  override readonly name = 'Superseded';
}

/** The owner has been stopped, by a new generation of the group or by a shutdown. */
export class Stopped extends Error {
  override readonly name = 'Stopped';
}
