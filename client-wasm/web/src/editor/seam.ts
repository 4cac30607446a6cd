// A space by which undo and redo part what they bring back from somebody else's word.
//
// Why it exists: where it must stand is not known when the key is pressed. The core puts letters back where they stood, which
// may be around what somebody wrote inside them, and then they are beside another word than on the page before. So a
// space goes in an edit of its own, once the core has told where they came, and only where two words would be one.
import { Fragment, type Node, Slice } from "prosemirror-model";
import { type Mappable, ReplaceStep, Step, StepMap, StepResult } from "prosemirror-transform";
import { lettersIn, Nothing, type Run, standing } from "./takeBack.ts";
import { areOneWord } from "./word.ts";

/** One end of what came back. */
export interface End {
  readonly at: number;
  /** Before the first letter of what came back, or behind the last: that letter it goes along with. */
  readonly side: "before" | "behind";
  /** What stood there beside it when it went, if that still stands: with that it may be one word. */
  readonly next: Run | null;
  /** Somebody else worked there, so that it may not even with that. */
  readonly isTouched: boolean;
}

/** A space at one end of what came back, or none where it would part nothing. */
export class Seam extends Step {
  readonly #end: End;
  readonly #parts: boolean;

  private constructor(end: End, parts: boolean) {
    super();
    [this.#end, this.#parts] = [end, parts];
  }

  static in(doc: Node, end: End): Seam {
    const { at, side, next, isTouched } = end;
    const isAsItStood = !isTouched && next !== null && (side === "before" ? next.to : next.from) === at;
    return new Seam(end, !isAsItStood && areOneWord(lettersIn(doc, at - 1, at), lettersIn(doc, at, at + 1)));
  }

  /** The same where the core has told where that came; null where it parted something and no more does. */
  fitted(doc: Node): Seam | null {
    const seam = Seam.in(doc, { ...this.#end, isTouched: false });
    return this.#parts && !seam.#parts ? null : seam;
  }

  override apply(doc: Node): StepResult {
    return this.#parts ? StepResult.fromReplace(doc, this.#end.at, this.#end.at, spaceAt(doc, this.#end.at)) : StepResult.ok(doc);
  }

  override getMap(): StepMap {
    return this.#parts ? new StepMap([this.#end.at, 0, 1]) : StepMap.empty;
  }

  override invert(): Step {
    return this.#parts ? new ReplaceStep(this.#end.at, this.#end.at + 1, Slice.empty) : new Nothing();
  }

  override map(mapping: Mappable): Step {
    const { at, side, next } = this.#end;
    const beside = next === null ? null : (standing(next, mapping)[0] ?? null);
    return new Seam({ ...this.#end, at: mapping.map(at, side === "before" ? 1 : -1), next: beside }, this.#parts);
  }

  override toJSON(): unknown {
    return { stepType: "seam", ...this.#end };
  }
}

function spaceAt(doc: Node, at: number): Slice {
  return new Slice(Fragment.from(doc.type.schema.text(" ", doc.resolve(at).marks())), 0, 0);
}
