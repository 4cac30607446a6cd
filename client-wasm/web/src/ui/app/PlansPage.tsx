// The plans one takes part in; with one plan there is nothing to choose.
import { useCallback } from "react";
import { Navigate } from "react-router";
import { api, valueOf } from "../../api/client.ts";
import { useLoaded } from "../parts/hooks.ts";
import { useSay } from "../../i18n/words.ts";
import { TextLink } from "../parts/links.tsx";
import { Notice } from "../parts/Notice.tsx";
import { Page } from "../parts/Page.tsx";
import { Shown } from "../parts/Shown.tsx";
import { Shell } from "./Shell.tsx";

export function PlansPage() {
  const { t } = useSay();
  const plans = useLoaded(useCallback((signal: AbortSignal) => valueOf(api.GET("/plans", { signal })), []));
  return (
    <Shell plan={null}>
      <Shown of={plans}>
        {({ items }) => {
          const [only] = items;
          if (only !== undefined && items.length === 1) return <Navigate to={`/plannen/${only.id}/voor-mij`} replace />;
          return (
            <Page title={t("plans.title")}>
              {items.length === 0 && <Notice kind="info">{t("plans.none")}</Notice>}
              <ul className="cards">
                {items.map((plan) => (
                  <li key={plan.id} className="card">
                    <h2 className="chapter__title">
                      <TextLink to={`/plannen/${plan.id}/voor-mij`}>{plan.title}</TextLink>
                    </h2>
                    {plan.region !== "" && <p className="meta">{t("plan.region", { region: plan.region })}</p>}
                  </li>
                ))}
              </ul>
            </Page>
          );
        }}
      </Shown>
    </Shell>
  );
}
