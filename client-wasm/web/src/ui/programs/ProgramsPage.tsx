// "Koppelingen": the access codes that somebody gave programs to act for them.
import { Button, Heading2 } from "@utrecht/component-library-react";
import { useCallback, useState } from "react";
import { api, valueOf } from "../../api/client.ts";
import type { AccessToken } from "../../api/types.ts";
import { useSay } from "../../i18n/words.ts";
import { usePlan } from "../app/plan.tsx";
import { useLoaded } from "../parts/hooks.ts";
import { BackLink } from "../parts/links.tsx";
import { Notice, useSuccess } from "../parts/Notice.tsx";
import { Page } from "../parts/Page.tsx";
import { Shown } from "../parts/Shown.tsx";
import { HowToConnect } from "./HowToConnect.tsx";
import { MakeToken } from "./MakeToken.tsx";
import { WithdrawToken } from "./WithdrawToken.tsx";

export function ProgramsPage() {
  const { t } = useSay();
  const { plan, path } = usePlan();
  const { success, tell } = useSuccess();
  const [withdrawing, setWithdrawing] = useState<AccessToken | null>(null);
  const tokens = useLoaded(useCallback((signal: AbortSignal) => valueOf(api.GET("/access-tokens", { signal })), []));
  return (
    <Page title={t("programs.title")} plan={plan.title} before={<BackLink to={path("meer")}>{t("more.title")}</BackLink>}>
      <p className="lead">{t("programs.intro")}</p>
      {success}
      <Shown of={tokens}>
        {({ items }, reload) => (
          <>
            <Known tokens={items} onWithdraw={setWithdrawing} />
            <MakeToken onMade={reload} />
            {withdrawing !== null && (
              <WithdrawToken
                token={withdrawing}
                onClose={() => setWithdrawing(null)}
                onWithdrawn={(sentence) => {
                  setWithdrawing(null);
                  tell(sentence);
                  reload();
                }}
              />
            )}
          </>
        )}
      </Shown>
      <HowToConnect />
    </Page>
  );
}

function Known({ tokens, onWithdraw }: { tokens: readonly AccessToken[]; onWithdraw: (token: AccessToken) => void }) {
  const { t, moment, day, onDay } = useSay();
  if (tokens.length === 0) return <Notice kind="info">{t("programs.none")}</Notice>;
  return (
    <section aria-labelledby="toegangscodes">
      <Heading2 id="toegangscodes">{t("programs.known")}</Heading2>
      <ul className="cards">
        {tokens.map((token) => (
          <li key={token.id} className="card card--small">
            <p>
              <b>{token.name}</b>
            </p>
            <p className="meta">{t(`programs.scope.${token.scope}`)}</p>
            <p className="meta">{t("programs.term", { made: onDay(token.madeAt), end: day(token.endsAt) })}</p>
            <p className="meta">{token.usedAt === null ? t("programs.unused") : t("programs.used", { moment: moment(token.usedAt) })}</p>
            <Button appearance="subtle-button" aria-label={t("programs.withdrawLabel", { name: token.name })} onClick={() => onWithdraw(token)}>
              {t("programs.withdraw")}
            </Button>
          </li>
        ))}
      </ul>
    </section>
  );
}
