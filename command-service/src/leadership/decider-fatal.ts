/** The decider must not go on, here or anywhere, until someone has looked: ends the process. */
export class DeciderFatal extends Error {
  override readonly name = 'DeciderFatal';
}

/** Another owner's marker stands after ours: nothing we decide counts any more. */
export class Superseded extends Error {
  override readonly name = 'Superseded';
}

/** The owner was told to end, by a new generation of the group or by a shutdown. */
export class Stopped extends Error {
  override readonly name = 'Stopped';
}
