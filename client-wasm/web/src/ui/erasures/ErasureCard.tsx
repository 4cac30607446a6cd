// One request to erase: what goes and why, who asked, what became of it, and what one can do about it now.
import { Button, Heading3, Paragraph } from "@utrecht/component-library-react";
import { useState } from "react";
import { api, valueOf } from "../../api/client.ts";
import type { Erasure, ErasureEvent } from "../../api/types.ts";
import { useSay } from "../../i18n/words.ts";
import { usePlan } from "../app/plan.tsx";
import { ConfirmDialog } from "../parts/ConfirmDialog.tsx";
import { TextField } from "../parts/fields.tsx";
import { useCommand } from "../parts/hooks.ts";
import { TextLink } from "../parts/links.tsx";
import { TextDevices } from "./TextDevices.tsx";
import { WhatCloses } from "./WhatCloses.tsx";

interface CardProps {
  readonly erasure: Erasure;
  readonly onChanged: (sentence: string) => void;
}

export function ErasureCard({ erasure, onChanged }: CardProps) {
  const { t, who, moment, list } = useSay();
  const [asked, setAsked] = useState<"approve" | "decline" | null>(null);
  // Who may decline what they may not approve, asked for it.
  const takesBack = erasure.mayDecline && !erasure.mayApprove;
  const decline = t(takesBack ? "erasure.takeBack" : "erasure.decline");
  const close = (sentence: string) => {
    setAsked(null);
    onChanged(sentence);
  };
  return (
    <article className="card card--small">
      <p className="badge">{t(`erasure.states.${erasure.state}`)}</p>
      <Heading3>{erasure.explanation}</Heading3>
      <p>{t("erasure.onGround", { ground: t(`erasure.grounds.${erasure.ground}`) })}</p>
      <p className="meta">{t("erasure.askedBy", { who: who(erasure.requestedBy), when: moment(erasure.requestedAt) })}</p>
      <Decided erasure={erasure} />
      {erasure.textOf === null ? (
        <details open={erasure.mayApprove}>
          <summary>{t("erasure.events", { count: erasure.events.length })}</summary>
          <ul>
            {erasure.events.map((event) => (
              <li key={event.position}>
                <ErasedEvent event={event} />
                {event.staysInForce.length > 0 && <p className="meta">{t("erasure.staysInForce", { fields: list(event.staysInForce.map((field) => t(`fieldIn.${field}`))) })}</p>}
              </li>
            ))}
          </ul>
        </details>
      ) : (
        <p>{t("erasure.textOf", { title: erasure.textOf.title ?? "" })}</p>
      )}
      {erasure.text !== null && <TextDevices text={erasure.text} open={erasure.state === "carriedOut"} />}
      {erasure.extent === "contentAndLink" && <p className="meta">{t("erasure.extentLinkToo")}</p>}
      {erasure.mayDecline && <p>{t(takesBack ? "erasure.othersTurn" : "erasure.yourTurn")}</p>}
      {erasure.mayDecline && (
        <div className="row">
          {erasure.mayApprove && (
            <Button appearance="primary-action-button" aria-label={`${t("erasure.approve")}: ${erasure.explanation}`} onClick={() => setAsked("approve")}>
              {t("erasure.approve")}
            </Button>
          )}
          <Button appearance="secondary-action-button" aria-label={`${decline}: ${erasure.explanation}`} onClick={() => setAsked("decline")}>
            {decline}
          </Button>
        </div>
      )}
      {asked === "approve" && <ApproveDialog erasure={erasure} onClose={() => setAsked(null)} onDone={close} />}
      {asked === "decline" && <DeclineDialog erasure={erasure} title={decline} onClose={() => setAsked(null)} onDone={close} />}
    </article>
  );
}

function Decided({ erasure }: { erasure: Erasure }) {
  const { t, who, moment } = useSay();
  if (erasure.decidedBy === null || erasure.decidedAt === null) return null;
  const said = { who: who(erasure.decidedBy), when: moment(erasure.decidedAt) };
  switch (erasure.state) {
    case "declined":
      return <p className="meta">{t("erasure.declinedBy", { ...said, reason: erasure.reason ?? "" })}</p>;
    case "withdrawn":
      return <p className="meta">{t("erasure.takenBackBy", { ...said, reason: erasure.reason ?? "" })}</p>;
    case "approved":
    case "carriedOut":
      return (
        <>
          <p className="meta">{t("erasure.approvedBy", said)}</p>
          {erasure.carriedOutAt !== null && <p className="meta">{t("erasure.carriedOut", { when: moment(erasure.carriedOutAt) })}</p>}
        </>
      );
    case "open":
      return null;
    default:
      return erasure.state satisfies never;
  }
}

function ErasedEvent({ event }: { event: ErasureEvent }) {
  const { t, who, moment } = useSay();
  const { path } = usePlan();
  const page = pageOf(event);
  const sentence = t("erasure.event", { who: who(event.actor), when: moment(event.at), title: event.subject.title ?? t("eventWords.something") });
  return page === null ? <>{sentence}</> : <TextLink to={path(page)}>{sentence}</TextLink>;
}

/** Where whoever decides can read what the change said. */
function pageOf({ subject: { kind, id } }: ErasureEvent): string | null {
  if (id === null) return null;
  if (kind === "commitment") return `afspraken/${id}#wie-wijzigde-wat`;
  return kind === "chapter" ? `hoofdstukken/${id}/geschiedenis` : null;
}

interface DecideProps {
  readonly erasure: Erasure;
  readonly onClose: () => void;
  readonly onDone: (sentence: string) => void;
}

function useDecide(erasure: Erasure) {
  const { plan } = usePlan();
  return (key: string, body: { decision: "approve" | "decline"; reason?: string }) =>
    valueOf(
      api.POST("/plans/{planId}/erasures/{erasureId}/decisions", {
        params: { path: { planId: plan.id, erasureId: erasure.id }, header: { "Idempotency-Key": key } },
        body,
      }),
    );
}

function ApproveDialog({ erasure, onClose, onDone }: DecideProps) {
  const { t } = useSay();
  const decide = useDecide(erasure);
  const approve = useCommand(async (key: string) => {
    await decide(key, { decision: "approve" });
    onDone(t("erasure.approved"));
  });
  return (
    <ConfirmDialog
      title={t("erasure.approveTitle")}
      confirm={t("erasure.approveSubmit")}
      onConfirm={() => void approve.run()}
      onClose={onClose}
      final
      busy={approve.busy}
      error={approve.error}
    >
      {erasure.textOf === null ? (
        <>
          <Paragraph>{t("erasure.approveExplain", { count: erasure.events.length })}</Paragraph>
          <Paragraph>{t("erasure.approveClosed")}</Paragraph>
        </>
      ) : (
        <ApproveText title={erasure.textOf.title ?? ""} id={erasure.textOf.id} from={erasure.text?.closedFrom} />
      )}
    </ConfirmDialog>
  );
}

/** The same as whoever asked for it read, and from when on. */
function ApproveText({ title, id, from }: { title: string; id: string | null; from: string | undefined }) {
  const { t, day } = useSay();
  const { path } = usePlan();
  return (
    <>
      <Paragraph>{t("erasure.approveText", { title })}</Paragraph>
      <Paragraph>{t("erasure.approveTextCheck")}</Paragraph>
      {id !== null && <TextLink to={path(`hoofdstukken/${id}`)}>{t("erasure.readText", { title })}</TextLink>}
      <WhatCloses />
      {from !== undefined && <Paragraph>{t("erasure.willClose", { from: day(from) })}</Paragraph>}
    </>
  );
}

function DeclineDialog({ erasure, title, onClose, onDone }: DecideProps & { title: string }) {
  const { t } = useSay();
  const [reason, setReason] = useState("");
  const [error, setError] = useState<string>();
  const decide = useDecide(erasure);
  const decline = useCommand(async (key: string, why: string) => {
    const { state } = await decide(key, { decision: "decline", reason: why });
    onDone(t(state === "withdrawn" ? "erasure.takenBack" : "erasure.declined"));
  });
  const submit = () => {
    setError(reason.trim() === "" ? t("manage.needReason") : undefined);
    if (reason.trim() !== "") void decline.run(reason.trim());
  };
  return (
    <ConfirmDialog title={title} confirm={title} onConfirm={submit} onClose={onClose} busy={decline.busy} error={decline.error}>
      <TextField label={t("manage.reason")} help={t("erasure.explanationHelp")} value={reason} onChange={setReason} error={error} required maxLength={300} />
    </ConfirmDialog>
  );
}
