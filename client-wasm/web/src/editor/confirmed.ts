// What the core has said, and what one has done since: the state behind the editor's text.
//
// Why it exists: typing must not wait for anybody, and others' words must not move one's own. As in
// prosemirror-collab, own steps are done at once and redone on top of whatever the core tells; unlike there, the
// authority answers with a document and not with steps, because it merges a text and not a list of steps.
//
// Invariants: without unconfirmed steps the document is the confirmed one; letters that were typed are redone
// somewhere even where their paragraph is gone.
import { isHistoryTransaction } from "prosemirror-history";
import type { Node } from "prosemirror-model";
import { type EditorState, Plugin, PluginKey, TextSelection, type Transaction } from "prosemirror-state";
import { Mapping, ReplaceStep, type Step, type Transform } from "prosemirror-transform";
import { stepsBetween, type Told, withRanges } from "./differences.ts";
import type { CoreUpdate } from "./port.ts";
import { Seam } from "./seam.ts";
import { Nothing } from "./takeBack.ts";

declare module "prosemirror-transform" {
  interface Mapping {
    /** Says that two maps undo each other. Not in the published types; prosemirror-collab lives by it too. */
    setMirror(n: number, m: number): void;
  }
}

/** A step of one's own and its inverse. */
interface OwnStep {
  readonly step: Step;
  readonly inverted: Step;
  /** It is of undo or redo. */
  readonly isBack: boolean;
}

/** See above. */
export interface Confirmed {
  /** The number of the newest state told; -1 before the first. */
  readonly version: number;
  readonly doc: Node;
  /** Own steps that no state contains, oldest first. */
  readonly own: readonly OwnStep[];
  /** How many of them, from the first, are in the edit in flight; null: none is in flight. */
  readonly inFlight: number | null;
}

const key = new PluginKey<Confirmed>("confirmed");

/** The plugin that keeps [`Confirmed`]. */
export function confirmedPlugin(): Plugin<Confirmed> {
  return new Plugin<Confirmed>({
    key,
    state: {
      init: (_, state) => ({ version: -1, doc: state.doc, own: [], inFlight: null }),
      apply: (transaction, before) => {
        const told: Confirmed | undefined = transaction.getMeta(key);
        if (told !== undefined) return told;
        return transaction.docChanged ? { ...before, own: [...before.own, ...ownSteps(transaction)] } : before;
      },
    },
    // Undo counts back over rebased steps, so the history may not compress them.
    historyPreserveItems: true,
  });
}

export function confirmedOf(state: EditorState): Confirmed {
  const confirmed = key.getState(state);
  if (confirmed === undefined) throw new Error("the editor lacks the plugin of the confirmed document");
  return confirmed;
}

/** What goes in the next edit: the first of one's own steps, and the text with just those. */
export interface NextEdit {
  readonly steps: readonly OwnStep[];
  readonly doc: Node;
}

/** See above. A space beside what undo brought back waits until the core told where that came. */
export function nextEdit(state: EditorState): NextEdit {
  const { own } = confirmedOf(state);
  const first = own.findIndex(({ step }) => !(step instanceof Seam));
  const seam = own.findIndex(({ step }, index) => index > first && first >= 0 && step instanceof Seam);
  const steps = seam < 0 ? own : own.slice(0, seam);
  const doc = own.slice(steps.length).reduceRight((after, { inverted }) => inverted.apply(after).doc ?? after, state.doc);
  return { steps, doc };
}

/** An edit is on its way. */
export function sent(state: EditorState, { steps }: NextEdit): Transaction {
  return state.tr.setMeta(key, { ...confirmedOf(state), inFlight: steps.length } satisfies Confirmed);
}

/** The steps of an edit came to nothing (typed and taken back): forgets them. */
export function nothingDone(state: EditorState, { steps }: NextEdit): Transaction {
  const confirmed = confirmedOf(state);
  return state.tr.setMeta(key, { ...confirmed, own: confirmed.own.slice(steps.length) } satisfies Confirmed);
}

/** The document that the core told. */
export function toldBy(state: EditorState, update: CoreUpdate): Node {
  const { doc, version } = confirmedOf(state);
  if (version !== update.base) throw new RangeError(`told of ${update.base}, but the text is at ${version}`);
  return withRanges(doc, update.ranges);
}

/** What became of the confirmed document. */
export interface Move {
  readonly version: number;
  /** What was in flight is in the new one; else it is redone. */
  readonly confirms: boolean;
  /** What is known of the difference. */
  readonly told?: Told | null;
}

/** The confirmed document is now `doc`. */
export function moved(state: EditorState, doc: Node, { version, confirms, told = null }: Move): Transaction {
  const { own, inFlight, doc: before } = confirmedOf(state);
  const contained = confirms ? (inFlight ?? 0) : 0;
  const redo = own.slice(contained);
  const transaction = state.tr;
  for (const { inverted } of redo.toReversed()) transaction.step(inverted);
  const mapping = new Mapping(own.slice(0, contained).map(({ step }) => step.getMap()));
  const known = told !== null && contained > 0 ? { ...told, own: { before, mapping } } : told;
  for (const step of stepsBetween(transaction.doc, doc, known)) transaction.step(step);
  const still = confirms || inFlight === null ? null : inFlight;
  const redone = redo.flatMap((one, index) => redoOn(transaction, redo.length - index, one, index < (still ?? 0)));
  const confirmed: Confirmed = {
    version,
    doc,
    own: redone,
    inFlight: still === null ? null : redone.filter((one) => one.inFlight).length,
  };
  keepSelection(state, transaction);
  // A step clears the marks chosen for the next letter; one that others took may not.
  if (state.storedMarks !== null) transaction.setStoredMarks(state.storedMarks);
  return transaction.setMeta(key, confirmed).setMeta("rebased", redo.length).setMeta("addToHistory", false);
}

/** Does a step again after the change in the middle of `transform`; `mirror` is where its inverse stands. */
function redoOn(
  transform: Transform,
  back: number,
  { step, isBack }: OwnStep,
  inFlight: boolean,
): (OwnStep & { inFlight: boolean })[] {
  const mapFrom = back;
  const about = { inFlight, isBack };
  const elsewhere = behindOwn(step, transform.mapping.slice(mapFrom));
  const mapped = elsewhere instanceof Seam ? elsewhere.fitted(transform.doc) : elsewhere;
  if (mapped !== null && applied(transform, mapped)) {
    transform.mapping.setMirror(mapFrom - 1, transform.steps.length - 1);
    return [last(transform, about)];
  }
  if (keepLetters(transform, step, mapFrom)) return [last(transform, about)];
  // Others took out the same and more: it stays an act of one's own, and undo is about it and not about an older one.
  if (!takesOnly(step) || !applied(transform, new Nothing())) return [];
  transform.mapping.setMirror(mapFrom - 1, transform.steps.length - 1);
  return [last(transform, about)];
}

/** Whether a step adds nothing: what stands for it then is asked for no place within what it added. */
function takesOnly(step: Step): boolean {
  let adds = false;
  step.getMap().forEach((_from, _to, newFrom, newTo) => (adds ||= newFrom < newTo));
  return !adds;
}

/**
 * A step moved over others': letters stay behind what they were typed behind, as the core writes them, so that what two type at
 * one place does not run into each other. A new block goes behind what others typed there: they stay in theirs.
 */
export function behindOwn(step: Step, mapping: Mapping): Step | null {
  if (!(step instanceof ReplaceStep) || step.from !== step.to || step.slice.openStart + step.slice.openEnd > 0) return step.map(mapping);
  if (step.slice.content.firstChild?.isInline !== true) return step.map(mapping);
  const at = mapping.mapResult(step.from, -1);
  return at.deletedAcross ? null : new ReplaceStep(at.pos, at.pos, step.slice);
}

/** What others insert at the cursor comes behind it, and at the ends of a selection outside of it. */
function keepSelection(state: EditorState, transaction: Transaction): void {
  const { selection } = state;
  if (!(selection instanceof TextSelection) || transaction.steps.length === 0) return;
  const { mapping, doc } = transaction;
  const from = mapping.map(selection.from, selection.empty ? -1 : 1);
  const to = Math.max(from, mapping.map(selection.to, -1));
  const [anchor, head] = selection.anchor <= selection.head ? [from, to] : [to, from];
  transaction.setSelection(TextSelection.between(doc.resolve(anchor), doc.resolve(head)));
}

/** Puts the letters of a step that no longer fits where its place was. */
function keepLetters(transform: Transform, step: Step, mapFrom: number): boolean {
  if (!(step instanceof ReplaceStep) || step.slice.size === 0) return false;
  const letters = step.slice.content.textBetween(0, step.slice.content.size, " ");
  const areTyped = letters.length === step.slice.size;
  // Of blocks that hold no words nothing is to be kept; a space that was typed is.
  if (!areTyped && letters.trim() === "") return false;
  const near = transform.doc.resolve(transform.mapping.slice(mapFrom).map(step.from, -1));
  const block = near.parent.inlineContent ? near.pos : nearestText(transform.doc, near.pos);
  if (block === null) return false;
  const text = transform.doc.type.schema.text(letters);
  const before = transform.steps.length;
  transform.insert(block, text);
  if (transform.steps.length !== before + 1) return false;
  // The next letter comes behind these.
  if (areTyped) transform.mapping.setMirror(mapFrom - 1, before);
  return true;
}

function nearestText(doc: Node, pos: number): number | null {
  let found: number | null = null;
  doc.descendants((node, at) => {
    if (!node.isTextblock) return true;
    const place = Math.min(Math.max(pos, at + 1), at + 1 + node.content.size);
    if (found === null || Math.abs(place - pos) < Math.abs(found - pos)) found = place;
    return false;
  });
  return found;
}

function applied(transform: Transform, step: Step): boolean {
  try {
    return transform.maybeStep(step).failed === null;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

function last(transform: Transform, about: { readonly inFlight: boolean; readonly isBack: boolean }): OwnStep & { inFlight: boolean } {
  const at = transform.steps.length - 1;
  const step = transform.steps[at];
  const doc = transform.docs[at];
  if (step === undefined || doc === undefined) throw new Error("no step was taken");
  return { step, inverted: step.invert(doc), ...about };
}

function ownSteps(transaction: Transaction): OwnStep[] {
  const isBack = isHistoryTransaction(transaction);
  return transaction.steps.map((step, index) => ({ step, inverted: step.invert(transaction.docs[index] as Node), isBack }));
}
