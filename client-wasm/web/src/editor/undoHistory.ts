// What one can take back: prosemirror-history, which is made to note every step of one's own as one that looks where others worked.
//
// Why it exists: the library has no place to say how a step is inverted, nor what of an act stays, and everything else that
// it does (what is one act, how far back, what is redone) is wanted as it is. It asks a transaction for its steps, so the
// transaction it is given answers with steps that invert in our way; and it asks a state for a transaction, so the state
// it is given answers with one that leaves out what must stay.
import * as library from "prosemirror-history";
import { type Command, type EditorState, Plugin, PluginKey, type StateField, TextSelection, type Transaction } from "prosemirror-state";
import { type Step, StepResult, Transform } from "prosemirror-transform";
import type { EditorView } from "prosemirror-view";
import { GiveBack } from "./giveBack.ts";
import { type Spared, spared } from "./spared.ts";
import { careful, inverted, type Run, standing, TakeBack } from "./takeBack.ts";

/** Takes the newest act of one's own back of which something still stands. */
export const undo = taking("undo");

/** Does the act again that was taken back last: its letters come back, beside what others wrote meanwhile. */
export const redo = taking("redo");

/** What was asked in vain by this transaction: there were acts, and nothing of them may go or come; null: nothing was. */
export function inVain(transaction: Transaction): "undo" | "redo" | null {
  return (transaction.getMeta(vainKey) as "undo" | "redo" | undefined) ?? null;
}

/** Whether there is something to undo and to redo; asked anew only after something that may have changed it. */
interface Answers {
  undo?: boolean;
  redo?: boolean;
}

const key = new PluginKey<Answers>("undoAnswers");

/** In a transaction of redo: where spaces must part what came back from others' words. */
const seamsKey = "seamsOfRedo";

/** In a transaction without steps: what was asked in vain. */
const vainKey = "takenInVain";

/** Whether [`undo`] would change anything. */
export function canUndo(state: EditorState): boolean {
  const answers = key.getState(state) ?? {};
  return (answers.undo ??= changesAnything(state, library.undo));
}

/** Whether [`redo`] would change anything. */
export function canRedo(state: EditorState): boolean {
  const answers = key.getState(state) ?? {};
  return (answers.redo ??= changesAnything(state, library.redo));
}

/** As the library does it: the browser's own menu asks for undo by an event. */
function beforeinput(view: EditorView, event: InputEvent): boolean {
  const command = event.inputType === "historyUndo" ? undo : event.inputType === "historyRedo" ? redo : null;
  if (command === null || !view.editable) return false;
  event.preventDefault();
  return command(view.state, view.dispatch);
}

/** The plugins of undo and redo. */
export function undoHistory(): Plugin[] {
  const { spec } = library.history();
  const state = spec.state as StateField<unknown> | undefined;
  if (state === undefined) throw new Error("prosemirror-history keeps its state elsewhere");
  const apply = function (this: Plugin, transaction: Transaction, value: unknown, old: EditorState, now: EditorState): unknown {
    return state.apply.call(this, invertingWithCare(transaction), value, old, now);
  };
  const answers = new Plugin<Answers>({
    key,
    state: { init: () => ({}), apply: (transaction, before) => answersAfter(transaction, before) },
    appendTransaction: parted,
  });
  return [new Plugin({ ...spec, state: { ...state, apply }, props: { handleDOMEvents: { beforeinput } } }), answers];
}

/** The transaction, all but for how its steps are inverted. */
function invertingWithCare(transaction: Transaction): Transaction {
  const steps = transaction.steps.map((step, index) => {
    const invert: typeof step.invert = (doc) => redone(transaction, index) ?? inverted(step, doc);
    return Object.create(step, { invert: { value: invert } }) as typeof step;
  });
  return Object.create(transaction, { steps: { value: steps } }) as Transaction;
}

/** What takes a step back that was done again after what others did: it knows what they did. */
function redone({ mapping, steps, docs }: Transaction, index: number): Step | null {
  const undone = mapping.getMirror(index);
  const [step, doc] = undone === undefined || undone > index ? [] : [steps[undone], docs[undone]];
  return step === undefined || doc === undefined ? null : careful(step, doc).map(mapping.slice(undone, index + 1));
}

/** The spaces of a redo, which the library counts to the same act. */
function parted(transactions: readonly Transaction[], _: EditorState, now: EditorState): Transaction | null {
  const seams = transactions.flatMap((transaction) => (transaction.getMeta(seamsKey) as readonly number[] | undefined) ?? []);
  if (seams.length === 0) return null;
  const { tr } = now;
  for (const at of seams.toReversed()) tr.insertText(" ", at);
  return tr;
}

/** What is still known. Others make an act void by taking out its letters; what they only add is not worth the question. */
function answersAfter(transaction: Transaction, before: Answers): Answers {
  if (!transaction.docChanged && !library.isHistoryTransaction(transaction)) return before;
  if (transaction.getMeta("appendedTransaction") !== undefined) return {};
  if (transaction.getMeta("addToHistory") !== false) return library.isHistoryTransaction(transaction) ? {} : { undo: true, redo: false };
  const takesOut = transaction.mapping.maps.some((map) => {
    let found = false;
    map.forEach((from, to) => (found ||= from < to));
    return found;
  });
  if (!takesOut) return before;
  return { ...(before.undo === false && { undo: false }), ...(before.redo === false && { redo: false }) };
}

/** A command that passes over acts of which nothing is left to take, and says so where no other is left. */
function taking(what: "undo" | "redo"): Command {
  const act = what === "undo" ? library.undo : library.redo;
  return (state, dispatch) => {
    if (dispatch === undefined) return changesAnything(state, act);
    let now = state;
    for (let taken = take(now, act); taken !== null; taken = take(now, act)) {
      dispatch(taken);
      if (isChange(taken)) return true;
      now = now.apply(taken);
    }
    if (now !== state) dispatch(now.tr.setMeta(vainKey, what));
    return now !== state;
  };
}

/** What takes the last act, without what must stay; null if there is no act. */
function take(state: EditorState, act: Command): Transaction | null {
  const all = tried(state, act, NOTHING_SPARED);
  const found = all === null ? NOTHING_SPARED : spared(state.doc, all);
  return found.stays.length + found.along.length === 0 ? all : tried(state, act, found);
}

const NOTHING_SPARED: Spared = { stays: [], along: [] };

function tried(state: EditorState, act: Command, { stays, along }: Spared): Transaction | null {
  const held: { back?: GiveBack } = {};
  const made = asked(state, act, (transaction, step) => {
    if (!(step instanceof TakeBack)) return step;
    const here = (run: Run) => standing(run, transaction.mapping);
    let left = stays.length === 0 ? step : step.without(stays.flatMap(here));
    for (const each of along) {
      const [[space], [beside]] = [here(each.space), here(each.beside)];
      if (space !== undefined && beside !== undefined) left = left?.along(space, beside) ?? null;
    }
    if (left === null || !left.isRedo) return left;
    held.back ??= new GiveBack(transaction);
    return held.back.placed(left);
  });
  const { back } = held;
  if (made === null || back === undefined) return made;
  // What others brought back themselves is not given twice.
  if (back.isThere) return asked(state, act, (_, step) => (step instanceof TakeBack && step.isRedo ? null : step));
  return given(made, back);
}

function given(made: Transaction, { seams, end }: GiveBack): Transaction {
  if (end !== null) made.setSelection(TextSelection.near(made.doc.resolve(end), -1));
  return seams.length === 0 ? made : made.setMeta(seamsKey, seams);
}

/** What the library makes of its last act, each of its steps as `allow` gives it. */
function asked(state: EditorState, act: Command, allow: (transaction: Transaction, step: Step) => Step | null): Transaction | null {
  let made: Transaction | null = null;
  const { tr } = state;
  const maybeStep = (step: Step): StepResult => {
    const allowed = allow(tr, step);
    return allowed === null ? StepResult.fail("this must stay") : Transform.prototype.maybeStep.call(tr, allowed);
  };
  act(Object.create(state, { tr: { value: Object.assign(tr, { maybeStep }) } }) as EditorState, (transaction) => (made = transaction));
  Reflect.deleteProperty(tr, "maybeStep");
  return made;
}

/** Thrown out of an act of which enough is known. */
const ENOUGH = new Error("it changes something");

function changesAnything(state: EditorState, act: Command): boolean {
  let now = state;
  for (;;) {
    try {
      // An act may be long: a first step beside which nobody worked says all.
      const first = (transaction: Transaction, step: Step) => {
        const isClear = step instanceof TakeBack && !step.isTouched && step.apply(transaction.doc).failed === null;
        if (isClear) throw ENOUGH;
        return step;
      };
      if (asked(now, act, first) === null) return false;
    } catch (error) {
      if (error === ENOUGH) return true;
      throw error;
    }
    const taken = take(now, act);
    if (taken === null) return false;
    if (isChange(taken)) return true;
    now = now.apply(taken);
  }
}

function isChange(transaction: Transaction): boolean {
  return transaction.docChanged && !transaction.doc.eq(transaction.before);
}
