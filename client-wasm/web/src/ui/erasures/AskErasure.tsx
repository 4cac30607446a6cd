// Asking to erase what one change said, or the earlier text of a chapter: on what ground, what it is about, how much goes.
import { Button, Heading2, Paragraph } from "@utrecht/component-library-react";
import { useCallback, useState } from "react";
import { api, valueOf } from "../../api/client.ts";
import type { ErasureGround, NewErasure } from "../../api/types.ts";
import { useSay } from "../../i18n/words.ts";
import { usePlan } from "../app/plan.tsx";
import { sentenceOf } from "../events/eventWords.ts";
import { CheckField, SelectField, TextField } from "../parts/fields.tsx";
import { Form } from "../parts/Form.tsx";
import { useCommand, useLoaded } from "../parts/hooks.ts";
import { Notice, Trouble } from "../parts/Notice.tsx";
import { Shown } from "../parts/Shown.tsx";
import { GROUNDS } from "./grounds.ts";
import { WhatCloses } from "./WhatCloses.tsx";

/** What is to go: what one change said, or the earlier text of a chapter that is still to be chosen. */
export type About = { readonly position: number } | { readonly chapter: string };

interface AskProps {
  readonly about: About;
  readonly onAsked: (sentence: string) => void;
  readonly onCancel: () => void;
}

export function AskErasure({ about, onAsked, onCancel }: AskProps) {
  const { t } = useSay();
  const { plan } = usePlan();
  const [chapter, setChapter] = useState("chapter" in about ? about.chapter : "");
  const [ground, setGround] = useState<ErasureGround | "">("");
  const [explanation, setExplanation] = useState("");
  const [link, setLink] = useState(false);
  const [checked, setChecked] = useState(false);
  const ask = useCommand(async (key: string, body: NewErasure) => {
    const made = await valueOf(api.POST("/plans/{planId}/erasures", { params: { path: { planId: plan.id }, header: { "Idempotency-Key": key } }, body }));
    onAsked(made.textOf === null ? t("erasure.asked", { count: made.events.length }) : t("erasure.askedText", { title: made.textOf.title ?? "" }));
  });
  const submit = () => {
    setChecked(true);
    if (ground === "" || explanation.trim() === "") return;
    if ("chapter" in about && chapter === "") return;
    const extent = link ? "contentAndLink" : "content";
    void ask.run({ ...("position" in about ? { positions: [about.position] } : { textOf: chapter }), ground, explanation: explanation.trim(), extent });
  };
  return (
    <section className="card" aria-labelledby="wissen-aanvragen">
      <Form className="form" onSubmit={submit}>
        <Heading2 id="wissen-aanvragen">{t("chapter" in about ? "erasure.toText" : "erasure.ask")}</Heading2>
        {"position" in about ? (
          <>
            <Chosen position={about.position} />
            <Paragraph>{t("erasure.askExplain")}</Paragraph>
            <Notice kind="warning" title={t("erasure.askFirst")}>
              <Paragraph>{t("erasure.askSame")}</Paragraph>
              <Paragraph>{t("erasure.askClosed")}</Paragraph>
            </Notice>
          </>
        ) : (
          <>
            <Paragraph>{t("erasure.textExplain")}</Paragraph>
            <WhatCloses />
            <SelectField<string>
              label={t("erasure.chapter")}
              value={chapter}
              onChange={setChapter}
              error={checked && chapter === "" ? t("erasure.needChapter") : undefined}
              required
              choices={[{ value: "", label: t("erasure.chooseChapter") }, ...plan.chapters.map(({ id, title }) => ({ value: id, label: title }))]}
            />
          </>
        )}
        <SelectField<ErasureGround | "">
          label={t("erasure.ground")}
          help={t("erasure.groundHelp")}
          value={ground}
          onChange={setGround}
          error={checked && ground === "" ? t("erasure.needGround") : undefined}
          required
          choices={[{ value: "", label: t("erasure.chooseGround") }, ...GROUNDS.map((value) => ({ value, label: capitalised(t(`erasure.grounds.${value}`)) }))]}
        />
        <TextField
          label={t("erasure.explanation")}
          help={t("erasure.askAboutHelp")}
          value={explanation}
          onChange={setExplanation}
          error={checked && explanation.trim() === "" ? t("erasure.needExplanation") : undefined}
          required
          maxLength={300}
        />
        <CheckField
          legend={t("erasure.extent")}
          chosen={link ? ["link"] : []}
          choices={[{ value: "link", label: t("erasure.extentLink") }]}
          onChange={(chosen) => setLink(chosen.length > 0)}
        />
        <Paragraph>{t("erasure.askThen")}</Paragraph>
        <Trouble error={ask.error} />
        <div className="row">
          <Button type="submit" appearance="primary-action-button" disabled={ask.busy}>
            {t("erasure.askSubmit")}
          </Button>
          <Button type="button" appearance="secondary-action-button" onClick={onCancel}>
            {t("app.cancel")}
          </Button>
        </div>
      </Form>
    </section>
  );
}

/** Words that are quoted in sentences, standing by themselves. */
function capitalised(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** What the change was, as the history tells it. */
function Chosen({ position }: { position: number }) {
  const say = useSay();
  const { plan } = usePlan();
  const event = useLoaded(
    useCallback(
      (signal: AbortSignal) =>
        valueOf(api.GET("/plans/{planId}/events", { params: { path: { planId: plan.id }, query: { before: position + 1, limit: 1 } }, signal })),
      [plan.id, position],
    ),
  );
  return (
    <Shown of={event}>
      {({ items: [found] }) =>
        found === undefined || found.position !== position ? (
          <p className="meta">{say.t("erasure.unknown", { position: say.number(position) })}</p>
        ) : (
          <p className="entry__what">
            {sentenceOf(found, say)} <span className="meta">({say.moment(found.at)})</span>
          </p>
        )
      }
    </Shown>
  );
}
