// "Echtheid controleren": a quiet way under a statement to see that it is what was recorded, checked on this device.
//
// Nothing is loaded before somebody opens it.
import { Button } from "@utrecht/component-library-react";
import { useCallback, useState } from "react";
import type { Actor } from "../../api/types.ts";
import type { ActorIds, Statement, Verified } from "../../core/proofCheck.ts";
import { useSay } from "../../i18n/words.ts";
import { usePlan } from "../app/plan.tsx";
import { useFollowed } from "../parts/hooks.ts";
import { Icon } from "../parts/Icon.tsx";
import { Notice } from "../parts/Notice.tsx";
import { saveJson } from "../parts/save.ts";
import { Checking } from "./Checking.tsx";
import { ProofDetails } from "./ProofDetails.tsx";
import { type Proved, prove } from "./prove.ts";
import { failureOf, type Person, remarksOf, sentenceOf, type Told } from "./words.ts";

/** What a page says of something that happened. */
export interface SaidOf {
  readonly position: number;
  readonly at: string;
  /** Those of whom one did it. */
  readonly actors: readonly Actor[];
  readonly subject?: string;
  readonly kind?: string;
  readonly fields?: readonly unknown[];
  /** The reason beside the fields. */
  readonly reason?: string | null | undefined;
  /** Whether the line holds more changes than the last one, which is the one that is checked. */
  readonly isLastOfMany?: boolean;
  /** Whether the page says that the content was erased. */
  readonly isErased?: boolean;
}

interface Props {
  readonly of: SaidOf;
  /** Tells screen readers this way from those of other lines. */
  readonly when: string;
}

export function Authenticity({ of, when }: Props) {
  const { t } = useSay();
  const { plan } = usePlan();
  const [open, setOpen] = useState(false);
  // Who may not read what happened gets no proof of it either.
  if (plan.readsEvents === "none") return null;
  return (
    <details className="authenticity" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        {t("proof.check")}
        <span className="only-heard">, {when}</span>
      </summary>
      {open && <Check of={of} planId={plan.id} />}
    </details>
  );
}

/** How often it is looked again while witnesses are still to sign. */
const LOOK_AGAIN_MS = 4_000;

function Check({ of, planId }: { of: SaidOf; planId: string }) {
  // What is checked is what stood there when it was opened.
  const [said] = useState(of);
  const proved = useFollowed(
    useCallback((signal: AbortSignal) => prove(statementOf(planId, said), signal), [planId, said]),
    (found) => (isUnsettled(found, said.at) ? LOOK_AGAIN_MS : null),
  );
  return <Checking check={proved}>{(found) => <Shown proved={found} said={said} />}</Checking>;
}

/** How long it is looked again: a witness that does not answer is told, not waited for. */
const PATIENCE_MS = 180_000;

function isUnsettled(proved: Proved, at: string): boolean {
  if (proved.state === "failed" || Date.now() - Date.parse(at) > PATIENCE_MS) return false;
  return proved.state === "waiting" || (proved.witnesses.size > 0 && !proved.verified.sealed.isMet);
}

function Shown({ proved, said }: { proved: Proved; said: SaidOf }) {
  const say = useSay();
  const { t } = say;
  switch (proved.state) {
    case "waiting":
      return <p role="status">{t("proof.notYet")}</p>;
    case "failed":
      return (
        <Notice kind="error" live>
          <p>{failureOf(proved.code, say)}</p>
          <Button appearance="secondary-action-button" onClick={() => saveJson({ page: said, ...proved }, t("proof.fileName", { position: said.position }))}>
            {t("proof.saveWhatWasFound")}
          </Button>
        </Notice>
      );
    case "proved": {
      const { verified, device, witnesses, file, checkedAt } = proved;
      const told: Told = { witnesses, device, person: personOf(verified, said.actors), isLastOfMany: said.isLastOfMany === true, isErased: said.isErased === true, at: said.at, now: checkedAt };
      return (
        <div className="authenticity__result">
          <div role="status">
            <p className="authenticity__sentence">
              <Icon name="seal" />
              <span>{sentenceOf(verified, told, say)}</span>
            </p>
            {remarksOf(verified, told, say).map((remark) => (
              <p key={remark} className="meta">
                {remark}
              </p>
            ))}
          </div>
          <ProofDetails verified={verified} device={device} witnesses={witnesses} file={file} />
        </div>
      );
    }
    default:
      return proved satisfies never;
  }
}

function statementOf(plan: string, { position, at, actors, subject, kind, fields, reason }: SaidOf): Statement {
  const people = actors.map(idsOf).filter((ids) => ids !== null);
  return {
    plan,
    position,
    at,
    ...(namesAll(actors) ? { people } : {}),
    ...(subject === undefined ? {} : { subject }),
    ...(kind === undefined ? {} : { kind }),
    ...(fields === undefined ? {} : { fields }),
    ...(reason == null ? {} : { reason }),
  };
}

/** A party by itself stands for writers whom the reader may not see, and a line without anybody for none of them. */
function namesAll(actors: readonly Actor[]): boolean {
  const isServer = actors.length > 0 && actors.every(({ person, party }) => person === null && party === null);
  return isServer || (actors.length > 0 && actors.every((actor) => idsOf(actor) !== null));
}

function idsOf({ person, party }: Actor): ActorIds | null {
  return person === null || party === null ? null : { person: person.id, party: party.id };
}

function personOf({ actor }: Verified, actors: readonly Actor[]): Person | null {
  const found = actors.find(({ person, party }) => person?.id === actor?.person && party?.id === actor?.party);
  if (found?.person == null || found.party === null) return null;
  return { name: found.person.name, party: found.party.name };
}
