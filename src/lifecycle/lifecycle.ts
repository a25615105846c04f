/**
 * A life as a table: one row for each state of the contract, and in the row all that can happen there. What is not in
 * the row does not happen. The console reads the same tables to enable its buttons.
 */
export interface StateRow<State extends string, Verb extends string, Step extends string> {
  /** Steps done here, in order, each safe to repeat. */
  do?: readonly Step[]
  /** Which setting says how long the state may last. */
  within?: Limit
  /** Where the last step leads. (Not called `then`: an object with that name looks like a promise.) */
  reach?: State
  /** Steps of giving up, after a failure or past the limit. */
  undo?: readonly Step[]
  /** Where giving up leads. */
  otherwise?: State
  /** Verbs accepted here, and where they lead. Any other is a conflict. */
  on?: Partial<Record<Verb, State>>
  /** Columns that hold a moment, and the verb that time asks then. */
  at?: Readonly<Record<string, Verb>>
  /** Columns that hold a moment, and the step that is done then while the state goes on. It is short, and moves the moment. */
  meanwhile?: Readonly<Record<string, Step>>
  /** Which setting says how long after its entry the row is forgotten. */
  forgetAfter?: Limit
}

export type Lifecycle<State extends string, Verb extends string, Step extends string> = Readonly<
  Record<State, StateRow<State, Verb, Step>>
>

/** Settings that limit, pace or end states, in milliseconds. */
export type Limit = 'createLimit' | 'startLimit' | 'stopLimit' | 'deleteLimit' | 'deletedRetention' | 'backupInterval'

export type Limits = Readonly<Record<Limit, number>>
