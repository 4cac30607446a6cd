// What one can take back: prosemirror-history, which is made to note every step of one's own as one that looks where others worked.
//
// Why it exists: the library has no place to say how a step is inverted, and everything else that it does (what is one act,
// how far back, what is redone) is wanted as it is. It asks a transaction for its steps, so the transaction it is given
// answers with steps that invert in our way.
import { history } from "prosemirror-history";
import { type EditorState, Plugin, type StateField, type Transaction } from "prosemirror-state";
import { inverted } from "./takeBack.ts";

/** The plugin of undo and redo; the commands are those of prosemirror-history. */
export function undoHistory(): Plugin {
  const { spec } = history();
  const state = spec.state as StateField<unknown> | undefined;
  if (state === undefined) throw new Error("prosemirror-history keeps its state elsewhere");
  const apply = function (this: Plugin, transaction: Transaction, value: unknown, old: EditorState, now: EditorState): unknown {
    return state.apply.call(this, invertingWithCare(transaction), value, old, now);
  };
  return new Plugin({ ...spec, state: { ...state, apply } });
}

/** The transaction, all but for how its steps are inverted. */
function invertingWithCare(transaction: Transaction): Transaction {
  const steps = transaction.steps.map((step) => {
    const invert: typeof step.invert = (doc) => inverted(step, doc);
    return Object.create(step, { invert: { value: invert } }) as typeof step;
  });
  return Object.create(transaction, { steps: { value: steps } }) as Transaction;
}
