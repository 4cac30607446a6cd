// How the plan's history stands: witnessed up to when and by whom, or what is wrong with it.
import { Heading2 } from "@utrecht/component-library-react";
import type { AuditAlarm, WitnessProgress, WitnessState } from "../../api/types.ts";
import { useSay } from "../../i18n/words.ts";
import { MarkBadge } from "../parts/Badge.tsx";
import { Notice } from "../parts/Notice.tsx";
import { alarmWords, standingWords } from "./standingWords.ts";

export function Standing({ state }: { state: WitnessState }) {
  const say = useSay();
  const { t } = say;
  const standing = standingWords(state, say);
  return (
    <section aria-labelledby="stand">
      <Heading2 id="stand">{t("authenticity.standingTitle")}</Heading2>
      {state.alarms.length > 0 ? (
        <Notice kind="error" title={t("alarm.title")}>
          {state.alarms.map((alarm) => (
            <Alarm key={`${alarm.kind}/${alarm.witnessId}`} alarm={alarm} state={state} />
          ))}
          <p>{t("alarm.whatToDo")}</p>
        </Notice>
      ) : (
        <Notice kind={standing.kind}>{standing.sentence}</Notice>
      )}
      {state.witnesses.length > 0 && (
        <ul className="cards">
          {state.witnesses.map((witness) => (
            <li key={witness.id}>
              <Witness witness={witness} />
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function Alarm({ alarm, state }: { alarm: AuditAlarm; state: WitnessState }) {
  const say = useSay();
  return (
    <p>
      {alarmWords(alarm, state, say)} <span className="meta">{say.t("alarm.since", { when: say.fullMoment(alarm.at) })}</span>
    </p>
  );
}

const MARKS = { cosigned: "well", behind: "waiting", failing: "waiting", refused: "bad" } as const;

function Witness({ witness }: { witness: WitnessProgress }) {
  const { t, fullMoment, number } = useSay();
  return (
    <article className="card card--small witness">
      <div className="chapter__head">
        <h3 className="chapter__title">{witness.partyName ?? witness.id}</h3>
        <MarkBadge mark={MARKS[witness.state]} text={t(`witness.${witness.state}`)} />
      </div>
      <p className="meta">
        {witness.cosignedAt === null ? t("witness.never") : t("witness.last", { when: fullMoment(witness.cosignedAt), last: number(witness.cosignedSize - 1) })}
      </p>
    </article>
  );
}
