// "Echtheid": how far the plan's history is witnessed and by whom, what that means, and how to check it oneself.
import { Heading2 } from "@utrecht/component-library-react";
import { useCallback } from "react";
import type { WitnessState } from "../../api/types.ts";
import { useSay } from "../../i18n/words.ts";
import { usePlan } from "../app/plan.tsx";
import { useLoaded } from "../parts/hooks.ts";
import { BackLink, TextLink } from "../parts/links.tsx";
import { Page } from "../parts/Page.tsx";
import { Shown } from "../parts/Shown.tsx";
import { CheckYourself } from "./CheckYourself.tsx";
import { checkNewest, type PublishedKey, publishedKeys, witnessState } from "./prove.ts";
import { Standing } from "./Standing.tsx";
import { DeviceStanding } from "./DeviceStanding.tsx";

/** What the page knows. */
interface Known {
  readonly state: WitnessState;
  readonly keys: readonly PublishedKey[];
}

export function AuthenticityPage() {
  const { t } = useSay();
  const { plan, path } = usePlan();
  const known = useLoaded(
    useCallback(
      async (signal: AbortSignal): Promise<Known> => {
        const [state, keys] = await Promise.all([witnessState(plan.id, signal), publishedKeys(plan.id, signal)]);
        return { state, keys };
      },
      [plan.id],
    ),
  );
  return (
    <Page title={t("authenticity.title")} plan={plan.title} before={<BackLink to={path("meer")}>{t("more.title")}</BackLink>}>
      <p className="lead">{t("authenticity.intro")}</p>
      <Shown of={known}>
        {({ state, keys }) => (
          <>
            <Standing state={state} />
            <Device state={state} />
            <Meaning isWitnessed={state.witnesses.length > 0} />
            <CheckYourself state={state} keys={keys} />
          </>
        )}
      </Shown>
    </Page>
  );
}

function Device({ state }: { state: WitnessState }) {
  const { t } = useSay();
  const { plan } = usePlan();
  const checked = useLoaded(useCallback((signal: AbortSignal) => checkNewest(plan.id, state, signal), [plan.id, state]));
  return (
    <section aria-labelledby="dit-apparaat">
      <Heading2 id="dit-apparaat">{t("authenticity.deviceTitle")}</Heading2>
      <DeviceStanding plan={plan.id} checked={checked} />
    </section>
  );
}

/** What the parts of it are for: with organisations that sign along it is another promise than without. */
function Meaning({ isWitnessed }: { isWitnessed: boolean }) {
  const { t } = useSay();
  const { plan, path } = usePlan();
  return (
    <section aria-labelledby="wat-is-dit">
      <Heading2 id="wat-is-dit">{t("authenticity.whatTitle")}</Heading2>
      <p>{t("authenticity.what1")}</p>
      <p>{t(isWitnessed ? "authenticity.what2" : "authenticity.what2Alone")}</p>
      <p>{t(isWitnessed ? "authenticity.what3" : "authenticity.what3Alone")}</p>
      {plan.readsEvents !== "none" && (
        <p>
          {t("authenticity.what4")} <TextLink to={path("geschiedenis")}>{t("authenticity.toHistory")}</TextLink>
        </p>
      )}
    </section>
  );
}
