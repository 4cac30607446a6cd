// Of erased text: which history that closed, and on which devices it may still stand.
import { useSay } from "../../i18n/words.ts";
import type { ErasureText } from "../../api/types.ts";

export function TextDevices({ text, open }: { text: ErasureText; open: boolean }) {
  const { t, who, moment, day, fullMoment } = useSay();
  const { closedFrom, closedTo, devices } = text;
  return (
    <>
      <p className="meta">
        {closedTo === null ? t("erasure.willClose", { from: day(closedFrom) }) : t("erasure.closed", { from: fullMoment(closedFrom), to: fullMoment(closedTo) })}
      </p>
      {devices !== null && (
        <>
          <p className="meta">{t("erasure.devicesDone", { count: devices.confirmed })}</p>
          {devices.unconfirmed.length > 0 && (
            <details open={open}>
              <summary>{t("erasure.devicesWaiting", { count: devices.unconfirmed.length })}</summary>
              <ul>
                {devices.unconfirmed.map(({ person, party, lastSeenAt }, index) => (
                  // Devices have no name, and one person may have several that were seen at the same time.
                  <li key={index}>{t("erasure.device", { who: who({ person: person ?? { id: "", name: "" }, party }), when: moment(lastSeenAt) })}</li>
                ))}
              </ul>
              <p className="meta">{t("erasure.devicesHelp")}</p>
            </details>
          )}
        </>
      )}
    </>
  );
}
