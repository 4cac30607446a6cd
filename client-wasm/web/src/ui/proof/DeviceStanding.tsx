// What this device found when it checked the newest signed state and compared it with what it saw before.
import { Button } from "@utrecht/component-library-react";
import type { Fork } from "../../core/proofMemory.ts";
import { useSay } from "../../i18n/words.ts";
import type { Loaded } from "../parts/hooks.ts";
import { Notice } from "../parts/Notice.tsx";
import { saveJson } from "../parts/save.ts";
import { Checking } from "./Checking.tsx";
import { settle, useCaught } from "./forks.ts";
import { deviceWords } from "./ProofDetails.tsx";
import type { Checked } from "./prove.ts";
import { failureOf } from "./words.ts";

export function DeviceStanding({ plan, checked }: { plan: string; checked: Loaded<Checked> }) {
  const { lost } = useCaught(plan);
  return (
    <>
      {lost !== null && <Lost lost={lost} settled={() => void settle(plan)} />}
      <Checking check={checked}>{(found) => <Found checked={found} />}</Checking>
    </>
  );
}

function Found({ checked }: { checked: Checked }) {
  const say = useSay();
  const { t, fullMoment, number } = say;
  switch (checked.state) {
    case "nothing":
      return <p>{t("authenticity.nothingSigned")}</p>;
    case "failed":
      return (
        <Notice kind="error" live>
          {failureOf(checked.code, say)}
        </Notice>
      );
    case "checked":
      if (checked.device.kind === "forked") return <Forked fork={checked.device.fork} />;
      return <p>{t("authenticity.deviceIs", { what: deviceWords(checked.device, t, fullMoment, number) })}</p>;
    default:
      return checked satisfies never;
  }
}

function Forked({ fork }: { fork: Fork }) {
  const { t, fullMoment, number } = useSay();
  return (
    <Notice kind="error" title={t("alarm.forkTitle")} live>
      <p>{t("alarm.fork", { seen: fullMoment(fork.seen.at), seenLast: number(fork.seen.size - 1), now: fullMoment(fork.now.at), nowLast: number(fork.now.size - 1) })}</p>
      <p>{t("alarm.forkEvidence")}</p>
      <Button appearance="secondary-action-button" onClick={() => saveJson(fork, t("alarm.forkFile"))}>
        {t("alarm.forkSave")}
      </Button>
    </Notice>
  );
}

/** A restore is no excuse for what it left out: the reader hears what is known, until they say to know why. */
function Lost({ lost, settled }: { lost: Fork; settled: () => void }) {
  const { t, fullMoment } = useSay();
  const gone = lost.seen.size - lost.now.size;
  const words = gone > 0 ? "alarm.lostGone" : "alarm.lostOther";
  return (
    <Notice kind="error" title={t("alarm.lostTitle")} live>
      <p>{t(words, { count: gone > 0 ? gone : lost.seen.size, when: fullMoment(lost.seen.at) })}</p>
      <p>{t("alarm.lostRestored")}</p>
      <Button appearance="secondary-action-button" onClick={() => saveJson(lost, t("alarm.forkFile"))}>
        {t("alarm.forkSave")}
      </Button>{" "}
      <Button appearance="secondary-action-button" onClick={settled}>
        {t("alarm.lostKnown")}
      </Button>
    </Notice>
  );
}
