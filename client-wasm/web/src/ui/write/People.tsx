// Who has the chapter open now, with name and organisation; comings and goings are said politely.
import { Heading2 } from "@utrecht/component-library-react";
import { useEffect, useRef } from "react";
import type { Colleague, SaveStatus } from "../../editor/chapterView.ts";
import { useSay, type Words } from "../../i18n/words.ts";
import { useVoice } from "../parts/live.tsx";
import { onceEach, whoIs } from "./present.ts";

/** In which the server says who is here. */
const CONNECTED: ReadonlySet<SaveStatus> = new Set(["saved", "saving", "stopped"]);

interface PeopleProps {
  readonly people: readonly Colleague[];
  readonly status: SaveStatus;
  readonly online: boolean;
}

export function People({ people, status, online }: PeopleProps) {
  const { t } = useSay();
  const isKnown = online && CONNECTED.has(status);
  // Nothing is said of who is here while the chapter comes; nor, without a heading, of one that is not one's to open.
  const isUntold = online && status === "opening";
  useComingsAndGoings(people, isKnown);
  // Who was here before the connection went may have gone since.
  const others = isKnown ? onceEach(people.filter((each) => !each.self)) : [];
  if (online && status === "closed") return null;
  return (
    <section className="present" aria-labelledby="nu-hier">
      <Heading2 id="nu-hier">{t("write.people")}</Heading2>
      {others.length === 0 ? (
        <p className="meta">{isKnown ? t("write.alone") : isUntold ? null : t("write.aloneUnknown")}</p>
      ) : (
        <ul>
          {others.map((each) => (
            <li key={whoIs(each)}>
              <span className={`swatch swatch--${each.color}`} aria-hidden="true" />
              <span>
                <b>{each.otherWindow ? t("write.otherWindow") : nameOf(each, t)}</b>
                {!each.otherWindow && <span className="meta">{each.party}</span>}
              </span>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

/** "Marijke via Weekbericht": a program is there for its person, by the name that they gave it. */
function nameOf({ name, program }: Colleague, t: Words): string {
  return program === null ? name : t("write.viaProgram", { who: name, program });
}

function useComingsAndGoings(people: readonly Colleague[], isKnown: boolean): void {
  const { t } = useSay();
  const say = useVoice();
  const before = useRef<ReadonlyMap<string, string> | null>(null);
  useEffect(() => {
    // That one's own connection went is no word about them.
    if (!isKnown) {
      before.current = null;
      return;
    }
    const now = new Map(people.filter((each) => !each.self && !each.otherWindow).map((each) => [whoIs(each), t("app.personOfParty", { person: nameOf(each, t), party: each.party })]));
    const known = before.current;
    before.current = now;
    if (known === null) return;
    const joined = [...now].filter(([key]) => !known.has(key)).map(([, who]) => t("write.joined", { who }));
    const left = [...known].filter(([key]) => !now.has(key)).map(([, who]) => t("write.left", { who }));
    const sentences = [...joined, ...left];
    if (sentences.length > 0) say(sentences.join(". "));
  }, [people, isKnown, say, t]);
}
