// A sign-in link for somebody: made when asked, shown once, works once.
import { Button, Paragraph } from "@utrecht/component-library-react";
import { useState } from "react";
import { api, valueOf } from "../../api/client.ts";
import { useSay } from "../../i18n/words.ts";
import { usePlan } from "../app/plan.tsx";
import { Dialog } from "../parts/Dialog.tsx";
import { TextField } from "../parts/fields.tsx";
import { useCommand } from "../parts/hooks.ts";
import { useVoice } from "../parts/live.tsx";
import { Notice, Trouble } from "../parts/Notice.tsx";
import type { Invited } from "./roles.ts";

export function LinkForPerson({ member, onClose }: { member: Invited; onClose: () => void }) {
  const { t, moment } = useSay();
  const { plan } = usePlan();
  const [made, setMade] = useState<{ link: string; endsAt: string } | null>(null);
  const make = useCommand(async () => {
    const body = { personId: member.personId, partyId: member.partyId };
    const { token, endsAt } = await valueOf(api.POST("/plans/{planId}/sign-in-links", { params: { path: { planId: plan.id } }, body }));
    setMade({ link: `${window.location.origin}/aanmelden#token=${token}`, endsAt });
  });
  return (
    <Dialog title={t("people.linkTitle", { person: member.name })} onClose={onClose}>
      <div className="form">
        {made === null ? (
          <>
            <Paragraph>{t("people.linkIntro", { person: member.name, party: member.party })}</Paragraph>
            {make.error?.code === "not-allowed" ? (
              // Who reads this may make links for people of this plan.
              <Notice kind="error" title={t("problem.title")} live>
                {t("people.linkOtherPlan", { person: member.name })}
              </Notice>
            ) : (
              <Trouble error={make.error} />
            )}
          </>
        ) : (
          <MadeLink link={made.link} until={moment(made.endsAt)} />
        )}
        <div className="row">
          {made === null && (
            <Button appearance="primary-action-button" disabled={make.busy} onClick={() => void make.run()}>
              {t("people.linkMake")}
            </Button>
          )}
          <Button appearance="secondary-action-button" onClick={onClose}>
            {t(made === null ? "app.cancel" : "app.close")}
          </Button>
        </div>
      </div>
    </Dialog>
  );
}

function MadeLink({ link, until }: { link: string; until: string }) {
  const { t } = useSay();
  const say = useVoice();
  const [copied, setCopied] = useState<string | null>(null);
  const copy = async () => {
    let sentence = t("people.linkCopied");
    try {
      await navigator.clipboard.writeText(link);
    } catch {
      sentence = t("people.linkCopyFailed");
    }
    setCopied(sentence);
    say(sentence);
  };
  return (
    <>
      <Notice kind="ok" live>
        {t("people.linkOnce", { until })}
      </Notice>
      <TextField label={t("people.link")} value={link} onChange={() => undefined} />
      <Button appearance="primary-action-button" onClick={() => void copy()}>
        {t("people.linkCopy")}
      </Button>
      {copied !== null && <p className="meta">{copied}</p>}
    </>
  );
}
