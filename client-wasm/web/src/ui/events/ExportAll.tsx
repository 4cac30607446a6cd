// "Download alle gegevens": the events as a file that anybody can check without this server.
//
// Why it is apart: the history and the page about authenticity give the same file, under the same name.
import { Button } from "@utrecht/component-library-react";
import { api } from "../../api/client.ts";
import { errorOf } from "../../api/problem.ts";
import type { paths } from "../../api/schema.ts";
import { useSay } from "../../i18n/words.ts";
import { usePlan } from "../app/plan.tsx";
import { useCommand } from "../parts/hooks.ts";
import { useVoice } from "../parts/live.tsx";
import { Trouble } from "../parts/Notice.tsx";
import { save } from "../parts/save.ts";

/** Which events; all of them when it is left out. */
type Query = NonNullable<paths["/plans/{planId}/event-export"]["get"]["parameters"]["query"]>;

export function ExportAll({ query, appearance }: { query?: Query; appearance: "secondary-action-button" | "subtle-button" }) {
  const { t } = useSay();
  const { plan } = usePlan();
  const say = useVoice();
  const all = useCommand(async () => {
    say(t("events.exportBusy"));
    const { data, error, response } = await api.GET("/plans/{planId}/event-export", { params: { path: { planId: plan.id }, query: query ?? {} }, parseAs: "blob" });
    if (data === undefined) throw errorOf(response.status, error);
    save(data, `${plan.title}.jsonl`);
  });
  return (
    <>
      <Button appearance={appearance} disabled={all.busy} onClick={() => void all.run()}>
        {t("events.exportAll")}
      </Button>
      <Trouble error={all.error} />
    </>
  );
}
