// How to check a plan without believing this server: the whole of it as a file, one's own witness, the public keys.
import { Button, Heading2 } from "@utrecht/component-library-react";
import { useState } from "react";
import type { WitnessState } from "../../api/types.ts";
import { useSay } from "../../i18n/words.ts";
import { usePlan } from "../app/plan.tsx";
import { ExportAll } from "../events/ExportAll.tsx";
import { useVoice } from "../parts/live.tsx";
import { type PublishedKey, publishedAt } from "./prove.ts";

export function CheckYourself({ state, keys }: { state: WitnessState; keys: readonly PublishedKey[] }) {
  const { t } = useSay();
  const { plan } = usePlan();
  return (
    <>
      <section aria-labelledby="zelf-controleren">
        <Heading2 id="zelf-controleren">{t("authenticity.selfTitle")}</Heading2>
        {plan.readsEvents === "none" ? (
          <p>
            {t("authenticity.selfPageGiven")} <ToPage />
          </p>
        ) : (
          <ol className="steps">
            <li>
              <p>{t("authenticity.selfExport")}</p>
              <ExportAll appearance="secondary-action-button" />
            </li>
            <li>
              {t("authenticity.selfPage")} <ToPage />
            </li>
          </ol>
        )}
        <p>{t("authenticity.selfWitness")}</p>
      </section>
      <section aria-labelledby="sleutels">
        <Heading2 id="sleutels">{t("authenticity.keysTitle")}</Heading2>
        <p>{t("authenticity.keysIntro")}</p>
        <Keys state={state} keys={keys} />
        <p>
          <a className="utrecht-link utrecht-link--html-a" href={publishedAt(plan.id, "checkpoint")}>
            {t("authenticity.toCheckpoint")}
          </a>
        </p>
      </section>
    </>
  );
}

function ToPage() {
  const { t } = useSay();
  return (
    <a className="utrecht-link utrecht-link--html-a" href="/controleren.html">
      {t("authenticity.toPage")}
    </a>
  );
}

function Keys({ state, keys }: { state: WitnessState; keys: readonly PublishedKey[] }) {
  const { t, fullMoment } = useSay();
  return (
    <dl className="keys">
      <dt>{t("authenticity.keysServer")}</dt>
      {keys.map(({ vkey, from, until }) => (
        <dd key={vkey}>
          <Key text={vkey} />
          <span className="meta">{until === null ? t("authenticity.keyFrom", { from: fullMoment(from) }) : t("authenticity.keyFromUntil", { from: fullMoment(from), until: fullMoment(until) })}</span>
        </dd>
      ))}
      {state.witnesses.map((witness) => (
        <div key={witness.id}>
          <dt>{witness.partyName ?? witness.id}</dt>
          {witness.keys.map((key) => (
            <dd key={key}>
              <Key text={key} />
            </dd>
          ))}
        </div>
      ))}
    </dl>
  );
}

/** A key, and the way to take it along to the page that checks. */
function Key({ text }: { text: string }) {
  const { t } = useSay();
  const say = useVoice();
  const [told, setTold] = useState("");
  const tell = (words: string) => {
    setTold(words);
    say(words);
  };
  const copy = () => {
    navigator.clipboard.writeText(text).then(
      () => tell(t("authenticity.keyCopied")),
      () => tell(t("authenticity.keyCopyFailed")),
    );
  };
  return (
    <>
      <code>{text}</code>{" "}
      {/* Only where the page may: without TLS a browser has no clipboard. */}
      {"clipboard" in navigator && (
        <Button appearance="subtle-button" aria-label={t("authenticity.keyCopyLabel", { key: text.split("+")[0] })} onClick={copy}>
          {t("authenticity.keyCopy")}
        </Button>
      )}
      {told !== "" && <span className="meta">{told}</span>}
    </>
  );
}
