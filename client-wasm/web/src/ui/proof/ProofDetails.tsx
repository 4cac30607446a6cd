// What a proof is made of, for those who want to check it with other means: place, signatures, keys, the file.
import { Button } from "@utrecht/component-library-react";
import type { EventProof } from "../../api/types.ts";
import type { Verified } from "../../core/proofCheck.ts";
import { useSay } from "../../i18n/words.ts";
import { usePlan } from "../app/plan.tsx";
import { TextLink } from "../parts/links.tsx";
import { saveJson } from "../parts/save.ts";
import type { Outcome } from "./device.ts";
import type { Names } from "./prove.ts";

interface Props {
  readonly verified: Verified;
  readonly device: Outcome;
  readonly witnesses: Names;
  readonly file: EventProof;
}

export function ProofDetails({ verified, device, witnesses, file }: Props) {
  const { t, fullMoment, number } = useSay();
  const { path } = usePlan();
  const { position, sealed } = verified;
  return (
    <details className="authenticity__details">
      <summary>{t("proof.details")}</summary>
      <dl>
        <dt>{t("proof.place")}</dt>
        <dd>{t("proof.placeOf", { position: number(position), last: number(sealed.size - 1) })}</dd>
        <dt>{t("proof.cosignedTitle")}</dt>
        {sealed.cosigned.length === 0 && <dd>{t("proof.cosignedByNobody")}</dd>}
        {sealed.cosigned.map(({ id, at }) => (
          <dd key={id}>{t("proof.cosignedBy", { who: witnesses.get(id) ?? id, when: fullMoment(at) })}</dd>
        ))}
        <dt>{t("proof.device")}</dt>
        <dd>{deviceWords(device, t, fullMoment, number)}</dd>
        <dt>{t("proof.note")}</dt>
        <dd>
          <pre className="proof-text">{sealed.note}</pre>
        </dd>
        <dt>{t("proof.keys")}</dt>
        {sealed.keys.map((key) => (
          <dd key={key}>
            <code>{key}</code>
          </dd>
        ))}
      </dl>
      <p>
        <Button appearance="secondary-action-button" onClick={() => saveJson(file, t("proof.fileName", { position }))}>
          {t("proof.save")}
        </Button>
      </p>
      <p className="meta">
        {t("proof.saveHelp")}{" "}
        <a className="utrecht-link utrecht-link--html-a" href="/controleren.html">
          {t("authenticity.toPage")}
        </a>{" "}
        <TextLink to={path("echtheid")}>{t("proof.more")}</TextLink>
      </p>
    </details>
  );
}

/** What this device remembers that goes with it. */
export function deviceWords(device: Outcome, t: ReturnType<typeof useSay>["t"], fullMoment: (at: string) => string, number: (value: number) => string): string {
  switch (device.kind) {
    case "first":
      return t("proof.deviceFirst");
    case "grown":
      return t("proof.deviceGrown", { when: fullMoment(device.since.at), last: number(device.since.size - 1) });
    case "restored":
      return t("proof.restored", { when: fullMoment(device.before.at) });
    case "forked":
      return t("proof.deviceForked", { when: fullMoment(device.fork.seen.at) });
    default:
      return device satisfies never;
  }
}
