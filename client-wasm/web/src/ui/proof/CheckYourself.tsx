// How to check a plan without believing this server: the whole of it as a file, one's own witness, the public keys.
import { Heading2 } from "@utrecht/component-library-react";
import type { WitnessState } from "../../api/types.ts";
import { useSay } from "../../i18n/words.ts";
import { usePlan } from "../app/plan.tsx";
import { TextLink } from "../parts/links.tsx";
import { type PublishedKey, publishedAt } from "./prove.ts";

export function CheckYourself({ state, keys }: { state: WitnessState; keys: readonly PublishedKey[] }) {
  const { t } = useSay();
  const { plan, path } = usePlan();
  return (
    <>
      <section aria-labelledby="zelf-controleren">
        <Heading2 id="zelf-controleren">{t("authenticity.selfTitle")}</Heading2>
        <ol className="steps">
          {plan.mayReadEvents && (
            <li>
              {t("authenticity.selfExport")} <TextLink to={path("geschiedenis")}>{t("authenticity.toExport")}</TextLink>
            </li>
          )}
          <li>
            {t("authenticity.selfPage")}{" "}
            <a className="utrecht-link utrecht-link--html-a" href="/controleren.html">
              {t("authenticity.toPage")}
            </a>
          </li>
        </ol>
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

function Keys({ state, keys }: { state: WitnessState; keys: readonly PublishedKey[] }) {
  const { t, fullMoment } = useSay();
  return (
    <dl className="keys">
      <dt>{t("authenticity.keysServer")}</dt>
      {keys.map(({ vkey, from, until }) => (
        <dd key={vkey}>
          <code>{vkey}</code>
          <span className="meta">{until === null ? t("authenticity.keyFrom", { from: fullMoment(from) }) : t("authenticity.keyFromUntil", { from: fullMoment(from), until: fullMoment(until) })}</span>
        </dd>
      ))}
      {state.witnesses.map((witness) => (
        <div key={witness.id}>
          <dt>{witness.partyName ?? witness.id}</dt>
          {witness.keys.map((key) => (
            <dd key={key}>
              <code>{key}</code>
            </dd>
          ))}
        </div>
      ))}
    </dl>
  );
}
