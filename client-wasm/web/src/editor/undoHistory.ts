// What one can take back: prosemirror-history, which is made to note every step of one's own as one that looks where others worked.
//
// Why it exists: the library has no place to say how a step is inverted, nor what of an act stays, and everything else that
// it does (what is one act, how far back, what is redone) is wanted as it is. It asks a transaction for its steps, so the
// transaction it is given answers with steps that invert in our way; and it asks a state for a transaction, so the state
// it is given answers with one that leaves out what must stay.
import * as library from "prosemirror-history";
import { type Command, type EditorState, Plugin, PluginKey, Selection, type StateField, TextSelection, type Transaction } from "prosemirror-state";
import { type Step, StepResult, Transform } from "prosemirror-transform";
import type { EditorView } from "prosemirror-view";
import { GiveBack } from "./giveBack.ts";
import { type End, Seam } from "./seam.ts";
import { type Spared, spared } from "./spared.ts";
import { careful, inverted, Nothing, type Run, standing, TakeBack } from "./takeBack.ts";

/** Takes the newest act of one's own back; says so where nothing of it may go or come. */
export const undo = taking("undo");

/** Does the act again that was taken back last: its letters come back, beside what others wrote meanwhile. */
export const redo = taking("redo");

/** What was asked in vain by this transaction: there was an act, and nothing of it may go or come; null: nothing was. */
export function inVain(transaction: Transaction): Way | null {
  return (transaction.getMeta(vainKey) as Way | undefined) ?? null;
}

/** Whether this transaction undid or did again something. */
export function wasTaken(transaction: Transaction): boolean {
  return library.isHistoryTransaction(transaction) && isChange(transaction);
}

/** Whether there is something to undo and to redo; asked anew only after something that may have changed it. */
interface Answers {
  undo?: boolean;
  redo?: boolean;
}

const key = new PluginKey<Answers>("undoAnswers");

/** In a transaction of undo or redo: where spaces must part what came back from others' words. */
const seamsKey = "seams";

/** In a transaction that changes nothing: what was asked in vain. */
const vainKey = "takenInVain";

/** In a transaction of undo or redo of which nothing was left: which of them it is. */
const nothingKey = "nothingLeft";

/** Whether [`undo`] would change anything. */
export function canUndo(state: EditorState): boolean {
  const answers = key.getState(state) ?? {};
  return (answers.undo ??= changesAnything(state, "undo"));
}

/** Whether [`redo`] would change anything. */
export function canRedo(state: EditorState): boolean {
  const answers = key.getState(state) ?? {};
  return (answers.redo ??= changesAnything(state, "redo"));
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
    const applied = (as: Transaction, before: unknown) => state.apply.call(this, as, before, old, now) as Branches;
    const next = applied(invertingWithCare(transaction), value);
    const left = transaction.getMeta(nothingKey) as Way | undefined;
    if (left !== undefined) return withNothing(next, left, transaction, applied);
    const act = transaction.getMeta("appendedTransaction") as Transaction | undefined;
    if (act === undefined || !library.isHistoryTransaction(act)) return next;
    return withBothMoved(value as Branches, next, applied(ofOthers(transaction), value));
  };
  const answers = new Plugin<Answers>({
    key,
    state: { init: () => ({}), apply: (transaction, before) => answersAfter(transaction, before) },
    appendTransaction: parted,
  });
  return [new Plugin({ ...spec, state: { ...state, apply }, props: { handleDOMEvents: { beforeinput } } }), answers];
}

/** What can be undone and redone, in the state of the library. */
interface Branches {
  done: unknown;
  undone: unknown;
}

type Way = "undo" | "redo";

/**
 * An act of which nothing was left is still one: the key the other way is about it, and not about an older one. The library
 * keeps no act without a step, so the step that stands for it is added as an act is that one does oneself.
 */
function withNothing(next: Branches, way: Way, transaction: Transaction, applied: (as: Transaction, before: Branches) => Branches): Branches {
  const branch = way === "undo" ? "undone" : "done";
  const own = Object.create(transaction, { getMeta: { value: () => undefined } }) as Transaction;
  return Object.assign(applied(ofOthers(transaction), next), { [branch]: applied(own, { ...next, done: next[branch] }).done });
}

/** What was appended to an act belongs to the one branch; the library forgets to move what is in the other over it. */
function withBothMoved(before: Branches, next: Branches, moved: Branches): Branches {
  const isDoneAsBefore = before.done === next.done;
  return Object.assign(next, isDoneAsBefore ? { done: moved.done } : { undone: moved.undone });
}

/** The transaction as one of somebody else. */
function ofOthers(transaction: Transaction): Transaction {
  return Object.create(transaction, { getMeta: { value: metaOfOthers } }) as Transaction;
}

function metaOfOthers(name: string): unknown {
  return name === "addToHistory" ? false : undefined;
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
  // What others took out too is for them to give back; and what did nothing before may do something now.
  const isOther = steps[index] instanceof Nothing || step instanceof Nothing;
  return step === undefined || doc === undefined || isOther ? null : careful(step, doc).map(mapping.slice(undone, index + 1));
}

/** The spaces beside what came back, which the library counts to the same act. */
function parted(transactions: readonly Transaction[], _: EditorState, now: EditorState): Transaction | null {
  const seams = transactions.flatMap((transaction) => (transaction.getMeta(seamsKey) as readonly End[] | undefined) ?? []);
  if (seams.length === 0) return null;
  const { tr } = now;
  for (const end of seams.toReversed()) tr.step(Seam.in(tr.doc, end));
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

/**
 * A command that takes one act. Of an act that others left nothing to take it says so, and takes no older one in its
 * place: that is somewhere else, and not what one meant. An act that came to nothing by itself is passed over.
 */
function taking(what: Way): Command {
  return (state, dispatch) => {
    if (dispatch === undefined) return changesAnything(state, what);
    let now = state;
    for (let taken = take(now, what); taken !== null; taken = take(now, what)) {
      if (isChange(taken)) {
        dispatch(taken.scrollIntoView());
        return true;
      }
      // Nothing happens, so the cursor stays too.
      taken.setSelection(Selection.fromJSON(taken.doc, now.selection.toJSON()));
      const isOwn = isUntouched(taken);
      dispatch(isOwn ? taken : taken.setMeta(vainKey, what));
      if (!isOwn) return true;
      now = now.apply(taken);
    }
    return false;
  };
}

/** What takes the last act, without what must stay and what others brought back themselves; null if there is no act. */
function take(state: EditorState, what: Way): Transaction | null {
  const act = ACTS[what];
  const all = sparing(state, act, "both");
  const made = all?.back.isThere === true ? (sparing(state, act, "taking")?.made ?? null) : (all && given(all));
  return made?.steps.length === 0 ? made.step(new Nothing()).setMeta(nothingKey, what) : made;
}

const ACTS = { undo: library.undoNoScroll, redo: library.redoNoScroll } as const;

/** A transaction made of an act, and what it gives back. */
interface Made {
  readonly made: Transaction;
  readonly back: GiveBack;
}

/** Whether an act gives back and takes, or only takes. */
type Ways = "both" | "taking";

function sparing(state: EditorState, act: Command, ways: Ways): Made | null {
  const all = tried(state, act, ways, NOTHING_SPARED);
  const found = all === null ? NOTHING_SPARED : spared(state.doc, all.made);
  return found.stays.length + found.along.length === 0 ? all : tried(state, act, ways, found);
}

const NOTHING_SPARED: Spared = { stays: [], along: [] };

function tried(state: EditorState, act: Command, ways: Ways, { stays, along }: Spared): Made | null {
  const held: { back?: GiveBack } = {};
  const made = asked(state, act, (transaction, step) => {
    held.back ??= new GiveBack(transaction);
    if (!(step instanceof TakeBack)) return step;
    const here = (run: Run) => standing(run, transaction.mapping);
    let left = ways === "both" ? step : step.takingOnly;
    if (stays.length > 0) left = left?.without(stays.flatMap(here)) ?? null;
    for (const each of along) {
      const [[space], [beside]] = [here(each.space), here(each.beside)];
      if (space !== undefined && beside !== undefined) left = left?.along(space, beside) ?? null;
    }
    return left === null ? null : held.back.placed(left);
  });
  return made === null ? null : { made, back: held.back ?? new GiveBack(made) };
}

function given({ made, back: { seams, end } }: Made): Transaction {
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

function changesAnything(state: EditorState, what: Way): boolean {
  let now = state;
  for (;;) {
    try {
      // An act may be long: a first step beside which nobody worked says all.
      const first = (transaction: Transaction, step: Step) => {
        const isClear = step instanceof TakeBack && !step.isTouched && step.apply(transaction.doc).failed === null;
        if (isClear) throw ENOUGH;
        return step;
      };
      if (asked(now, ACTS[what], first) === null) return false;
    } catch (error) {
      if (error === ENOUGH) return true;
      throw error;
    }
    const taken = take(now, what);
    if (taken === null) return false;
    if (isChange(taken)) return true;
    now = now.apply(taken);
  }
}

/** Whether nobody else worked on anything of an act. */
function isUntouched({ steps }: Transaction): boolean {
  return !steps.some((step) => step instanceof Nothing || (step instanceof TakeBack && step.isTouched));
}

function isChange(transaction: Transaction): boolean {
  return transaction.docChanged && !transaction.doc.eq(transaction.before);
}
