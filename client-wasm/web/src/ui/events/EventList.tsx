// What happened, line by line: who, what and why, whether it is authentic, and the steps of one erasure as one line.
import type { PlanEvent } from "../../api/types.ts";
import { type Say, tellingApart, useSay } from "../../i18n/words.ts";
import { usePlan } from "../app/plan.tsx";
import { Erased, EraseLink } from "../erasures/Erased.tsx";
import { TextLink } from "../parts/links.tsx";
import { Authenticity, type SaidOf } from "../proof/Authenticity.tsx";
import { isErasable, isRestoreOfText, isTold, pageOf, restoreTimes, sentenceOf, whyNotRead } from "./eventWords.ts";
import { foldedOf } from "./folded.ts";

export function EventList({ events }: { events: readonly PlanEvent[] }) {
  const known = useSay();
  const { t } = known;
  const say = tellingApart(known, restoreTimes(events));
  return (
    <ol className="timeline">
      {foldedOf(events.filter(isTold)).map(({ event, before }) => (
        <li key={event.position}>
          <EventLine event={event} say={say} />
          {before.length > 0 && (
            <details className="earlier-steps">
              <summary>{t("events.stepsBefore", { count: before.length })}</summary>
              <ol>
                {before.map((step) => (
                  <li key={step.position}>
                    <EventLine event={step} say={say} isStep />
                  </li>
                ))}
              </ol>
            </details>
          )}
        </li>
      ))}
    </ol>
  );
}

/** `isStep`: below the line of what it led to, which says already what it was about. */
function EventLine({ event, say, isStep = false }: { event: PlanEvent; say: Say; isStep?: boolean }) {
  const { t, span, moment } = say;
  const { plan, path } = usePlan();
  const page = pageOf(event);
  const when = isRestoreOfText(event) ? moment(event.at) : span(event.startedAt, event.at);
  const sentence = sentenceOf(event, say);
  const { insertedCharacters: inserted, deletedCharacters: deleted, reason, explanation, ground } = event.details;
  const notRead = whyNotRead(event, say);
  const Heading = isStep ? "h4" : "h3";
  return (
    <article className="entry">
      <p className="entry__when">{when}</p>
      <Heading className="entry__what">{page === null ? sentence : <TextLink to={path(page)}>{sentence}</TextLink>}</Heading>
      {notRead !== null && <p className="meta">{notRead}</p>}
      {reason !== undefined && <p className="entry__reason">{t("history.reason", { reason })}</p>}
      {!isStep && explanation !== undefined && ground !== undefined && <p className="entry__reason">{t("history.goneWhy", { reason: explanation, ground: t(`erasure.grounds.${ground}`) })}</p>}
      <Erased note={event.erased} what={isRestoreOfText(event) ? "restore" : "change"} />
      {inserted !== undefined && deleted !== undefined && (
        <p className="meta">
          {t("events.counted", { added: t("history.added", { count: inserted }), removed: t("history.removed", { count: deleted }) })}
        </p>
      )}
      <Authenticity of={saidOf(event)} when={when} />
      {plan.mayStructure && isErasable(event) && <EraseLink position={event.position} what={sentence} />}
    </article>
  );
}

/** What the line says of the event; of several changes of a text taken together, of the last one. */
function saidOf({ position, count, at, kind, actor, subject, details, withheld, erased }: PlanEvent): SaidOf {
  // Of a commitment that was recorded anew the line tells no fields.
  const tellsFields = subject.kind === "commitment" && withheld === undefined && kind !== "commitment.restated/1";
  return {
    position,
    at,
    actors: [actor],
    kind,
    ...(subject.id === null ? {} : { subject: subject.id }),
    ...(tellsFields ? { fields: details.fields ?? [], reason: details.reason } : {}),
    isLastOfMany: count > 1,
    isErased: erased !== undefined,
  };
}
