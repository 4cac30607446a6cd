// That a request to erase waits for the second person: nobody approves what they do not hear of.
import { useCallback } from "react";
import { api, valueOf } from "../../api/client.ts";
import { useSay } from "../../i18n/words.ts";
import { usePlan } from "../app/plan.tsx";
import { useLoaded } from "../parts/hooks.ts";
import { TextLink } from "../parts/links.tsx";
import { Notice } from "../parts/Notice.tsx";

/** How many requests wait for this person; none for whoever is not of the programme team. */
export function useErasuresWaiting(): number {
  const { plan } = usePlan();
  const waiting = useLoaded(
    useCallback(
      async (signal: AbortSignal) => {
        if (!plan.mayStructure) return 0;
        const { items } = await valueOf(api.GET("/plans/{planId}/erasures", { params: { path: { planId: plan.id } }, signal }));
        return items.filter(({ mayApprove }) => mayApprove).length;
      },
      // The plan as it was read last: whatever was decided since, the plan is read anew after it.
      [plan],
    ),
  );
  return waiting.state === "ready" ? waiting.value : 0;
}

/** "1 aanvraag om gegevens te wissen wacht op uw goedkeuring", with the way to it. */
export function ErasuresWaiting() {
  const { t } = useSay();
  const { path } = usePlan();
  const count = useErasuresWaiting();
  if (count === 0) return null;
  return (
    <Notice kind="info">
      <p>{t("erasure.waiting", { count })}</p>
      <TextLink to={path("beheer/gegevens-wissen")}>{t("erasure.toWaiting")}</TextLink>
    </Notice>
  );
}
